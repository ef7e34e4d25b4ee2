"""A server as EvalScope's own benches ask it: each reply is kept by content, and asked for once."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import openai
from evalscope.api.messages import ChatMessage
from evalscope.api.model import GenerateConfig, ModelOutput
from evalscope.models.openai_compatible import OpenAICompatibleAPI
from evalscope.models.utils.openai import openai_chat_messages

from eval.replies import Reply, ReplyStore, request_key
from eval.server import Endpoint, is_loopback
from qa.errors import KitError

GIVE_UP_AFTER = 5
"""So many refusals without one reply mean that the set-up is wrong, not the question."""


class KeptModel(OpenAICompatibleAPI):
    """Asks the server only for what the store does not hold; counts what was asked, kept and refused.

    Passed to EvalScope as an object, which keeps URL and API key out of its fingerprint and of its files.
    """

    def __init__(self, endpoint: Endpoint, store: ReplyStore, weights: str) -> None:
        own = {"http_client": httpx.Client(trust_env=False, timeout=None)} if is_loopback(endpoint.base_url) else {}
        super().__init__(
            model_name=endpoint.model, base_url=endpoint.base_url, api_key=endpoint.api_key,
            timeout=endpoint.timeout_s, max_retries=3, **own,
        )  # fmt: skip
        self.store, self.identity = store, endpoint.identity(weights)
        self.asked = self.kept = self.refused = 0
        self._count_lock = threading.Lock()

    def generate(
        self, input: list[ChatMessage], tools: list[Any], tool_choice: Any, config: GenerateConfig
    ) -> ModelOutput:
        """The kept reply, or the server's, kept at once. Raises KitError where the server is of no use."""
        key = self._key(input, config)
        known = self.store.get(key)
        if known is None:
            output = self._ask(input, tools, tool_choice, config)
            if not output.error:
                self.store.put(_reply(key, output))
        else:
            output = ModelOutput.from_content(model=self.model_name, content=known.text, stop_reason=known.stop)
        self._count(output, was_known=known is not None)
        return output

    def handle_bad_request(self, ex: openai.APIStatusError) -> ModelOutput:
        """A question the server refuses (a picture too large, say) is unparsed; a wrong set-up ends the run."""
        said = str(ex.body.get("message", ex.body)) if isinstance(ex.body, dict) else ex.message
        if isinstance(ex, openai.NotFoundError):
            raise KitError(f"the server at {self.base_url} knows no model {self.model_name!r}: {said}")
        if isinstance(ex, openai.AuthenticationError | openai.PermissionDeniedError):
            raise KitError(f"the server at {self.base_url} wants another key (set CIRCUIT_VQA_API_KEY): {said}")
        if self.refused >= GIVE_UP_AFTER and not self.asked + self.kept:
            raise KitError(f"the server at {self.base_url} refuses every question: {said}")
        output = ModelOutput.from_content(model=self.model_name, content="")
        output.error = f"{ex.status_code} {said}"
        return output

    def _ask(self, input: list[ChatMessage], tools: list[Any], choice: Any, config: GenerateConfig) -> ModelOutput:
        try:
            return super().generate(input, tools, choice, config)
        except (openai.APIConnectionError, openai.APIStatusError) as e:
            raise KitError(
                f"the server at {self.base_url} stopped answering after {self.asked + self.kept} replies ({e}); they"
                f" are kept in {self.store.path}: mend the server and run the same command again"
            ) from e

    def _key(self, input: list[ChatMessage], config: GenerateConfig) -> str:
        return request_key(
            **self.identity,
            max_tokens=config.max_tokens,
            temperature=config.temperature,
            messages=openai_chat_messages(input),
        )

    def _count(self, output: ModelOutput, was_known: bool) -> None:
        with self._count_lock:
            if output.error:
                self.refused += 1
            elif was_known:
                self.kept += 1
            else:
                self.asked += 1


def _reply(key: str, output: ModelOutput) -> Reply:
    tokens = output.usage.output_tokens if output.usage else 0
    return Reply(
        key=key, text=output.completion, stop=output.stop_reason, tokens=tokens, seconds=round(output.time or 0, 3)
    )
