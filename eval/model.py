"""The model as EvalScope sees it: an OpenAI-compatible server whose replies are kept by content."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import httpx
import openai
from evalscope.api.messages import ChatMessage
from evalscope.api.model import GenerateConfig, ModelOutput
from evalscope.models.openai_compatible import OpenAICompatibleAPI
from evalscope.models.utils.openai import openai_chat_messages

from eval.replies import Reply, ReplyStore, request_key
from eval.server import is_loopback
from qa.errors import KitError

GIVE_UP_AFTER = 5
"""So many refusals without one reply mean that the set-up is wrong, not the question."""


class KeptModel(OpenAICompatibleAPI):
    """Asks the server only for what the store does not hold; counts what was asked, kept and refused.

    Passed to EvalScope as an object, which keeps URL and API key out of its fingerprint and of its files.
    """

    def __init__(
        self, name: str, url: str, api_key: str, store: ReplyStore, weights: str, on_reply: Callable[[int], None]
    ) -> None:
        own = {"http_client": httpx.Client(trust_env=False, timeout=None)} if is_loopback(url) else {}
        super().__init__(model_name=name, base_url=url, api_key=api_key, timeout=900.0, max_retries=3, **own)
        self.store, self.weights, self.on_reply = store, weights, on_reply
        self.asked = self.kept = self.refused = self.cut_off = 0
        self.stopped = threading.Event()
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
            return self._unless_stopped(lambda: super(KeptModel, self).generate(input, tools, choice, config))
        except (openai.APIConnectionError, openai.APIStatusError) as e:
            done = self.asked + self.kept
            raise KitError(
                f"the server at {self.base_url} stopped answering after {done} replies ({e}); they are kept in"
                f" {self.store.path}: mend the server and run the same command again"
            ) from e

    def _unless_stopped(self, ask: Callable[[], ModelOutput]) -> ModelOutput:
        """What `ask` returns. Ctrl-C must not wait for a slow reply: the request is left to a daemon thread then."""
        answer: Future[ModelOutput] = Future()

        def work() -> None:
            try:
                answer.set_result(ask())
            except BaseException as e:
                answer.set_exception(e)

        threading.Thread(target=work, daemon=True).start()
        while not wait([answer], timeout=0.2).done:
            if self.stopped.is_set():
                raise RuntimeError("stopped")
        return answer.result()

    def _key(self, input: list[ChatMessage], config: GenerateConfig) -> str:
        return request_key(
            model=self.model_name,
            weights=self.weights,
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
            self.cut_off += output.stop_reason == "max_tokens"
            self.on_reply(self.asked + self.kept + self.refused)


def _reply(key: str, output: ModelOutput) -> Reply:
    tokens = output.usage.output_tokens if output.usage else 0
    return Reply(
        key=key, text=output.completion, stop=output.stop_reason, tokens=tokens, seconds=round(output.time or 0, 3)
    )
