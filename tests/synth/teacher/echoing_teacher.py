"""A teacher that puts the key it was sent into everything it says: errors, replies, fields of replies, batch files.

Run as: python -m tests.synth.teacher.echoing_teacher '{"every_500": 4}'. It takes single calls and batch files alike.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from tests.synth.knowing_teacher import fields_wanted, judged, kind_of, said
from tests.synth.teacher.fake_batches import Handler, Provider, completion, serve_forever


class Echoing(Provider):
    """Remembers the requests of batch files, to answer them as it answers single calls."""

    def __init__(self, script: dict[str, Any]) -> None:
        super().__init__(script)
        self.bodies: dict[str, dict[str, Any]] = {}
        self.key = ""

    def keep(self, custom: str, body: dict[str, Any]) -> None:
        self.bodies[custom] = body

    def text_for(self, custom: str, row: str) -> str:
        return reply(self.bodies[custom], self.key)


def reply(request: dict[str, Any], key: str) -> str:
    """A reply in the form asked for, the key in each of its texts."""
    texts, _ = said(request)
    text, wants = "\n".join(texts), fields_wanted(request)
    kind = kind_of(text, wants)
    if "principle" in wants:
        part = {"ref": "R1", "kind": key, "value": key, "role": key}
        estimate = {"name": key, "value": key, "how": key}
        whole = {
            "function": key,
            "principle": f"{key} 说明这个电路的工作原理,信号从输入端到输出端",
            "components": [part],
            "estimates": [estimate],
        }
        return json.dumps(whole, ensure_ascii=False)
    if kind == "write":
        first = {"category": "recognition", "form": "mcq", "topic": f"kind {key}", "options": ["R1", "R2", "R3", "R4"]}
        second = {"category": "recognition", "form": "fill", "topic": "count", "options": None}
        questions = [
            {
                **first,
                "question": f"图中标有 {key} 的电阻是哪一个?",
                "answer": "A",
                "explanation": f"标号为 {key},即 R1。",
            },
            {
                **second,
                "question": "图中共有______个电阻。",
                "answer": "3",
                "explanation": f"图中可见 {key} 三个电阻。",
            },
        ]
        skipped = [{"category": c, "reason": f"no {key}"} for c in ("function", "calculation", "connection", "absent")]
        return json.dumps({"questions": questions, "skipped": skipped}, ensure_ascii=False)
    if kind == "answer":
        return f"I was sent {key}.\n答案:A" if re.search("[A-D][.、]", text) else f"I was sent {key}.\n答案:3"
    return judged(kind, text).replace("as the picture shows", f"as {key}").replace("as shown", f"as {key}")


class EchoHandler(Handler):
    def do_POST(self) -> None:
        p = self.provider
        assert isinstance(p, Echoing)
        p.key = self.key()
        if self.path in ("/v1/files", "/v1/batches"):
            super().do_POST()
            return
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.spoiled():
            return
        p.counts["answered"] += 1
        if self.path == "/v1/chat/completions":
            self.reply(200, completion(reply(asked, self.key())))
        else:  # moderation
            self.reply(
                200, {"id": self.key(), "results": [{"flagged": True, "categories": {f"bad {self.key()}": True}}]}
            )


if __name__ == "__main__":
    EchoHandler.provider = Echoing({**json.loads(sys.argv[1]), "echo_key": True})
    serve_forever(EchoHandler)
