"""The model as EvalScope sees it: every reply is there already, had by `eval.asking`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalscope.api.messages import ChatMessage
from evalscope.api.model import GenerateConfig, ModelAPI, ModelOutput

from eval.asking import Replies
from eval.cases import Case

Content = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Turns as (role, text, picture paths)."""


class AnsweredModel(ModelAPI):
    """Hands out the replies of a run. Passed as an object, which keeps URL and API key out of EvalScope's files."""

    def __init__(self, name: str, asked: Sequence[Case], replies: Replies) -> None:
        super().__init__(model_name=name, config=GenerateConfig())
        self._outputs: dict[Content, list[ModelOutput]] = {}
        self._next: dict[Content, int] = {}
        self._lock = threading.Lock()
        for n, case in enumerate(asked):
            content = tuple((t.role, t.text, tuple(map(str, t.pictures))) for t in case.turns)
            self._outputs.setdefault(content, []).append(_output(name, replies, n))

    def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: GenerateConfig) -> ModelOutput:
        """The reply to these turns; of several to the same turns the next one, round and round."""
        content = _content(input)
        with self._lock:
            outputs = self._outputs[content]
            n = self._next.get(content, 0)
            self._next[content] = n + 1
        return outputs[n % len(outputs)].model_copy(deep=True)


def _output(name: str, replies: Replies, n: int) -> ModelOutput:
    if n in replies.refused:
        output = ModelOutput.from_content(model=name, content="")
        output.error = replies.refused[n]
        return output
    reply = replies.by_case[n]
    return ModelOutput.from_content(model=name, content=reply.text, stop_reason=reply.stop)


def _content(messages: Sequence[ChatMessage]) -> Content:
    turns: list[tuple[str, str, tuple[str, ...]]] = []
    for m in messages:
        if isinstance(m.content, str):
            turns.append((str(m.role), m.content, ()))
            continue
        text = "".join(part.text for part in m.content if part.type == "text")
        turns.append((str(m.role), text, tuple(str(Path(p.image)) for p in m.content if p.type == "image")))
    return tuple(turns)
