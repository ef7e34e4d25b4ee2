"""`synth check --batch`: the same verdicts, a round of files for the blind answers and one for each vote."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from qa.dataset import Dataset
from qa.standing import latest, standing
from tests.command_line import said
from tests.synth.checks.made import folder, item
from tests.synth.teacher.fake_batches import Handler, Provider, Quiet


class Answering(Provider):
    """Says 7 Ω of everything; the third says 9 Ω of R2, which the second said too."""

    def __init__(self) -> None:
        super().__init__({"delay": 0.05})
        self.bodies: dict[str, dict[str, Any]] = {}

    def keep(self, custom: str, body: dict[str, Any]) -> None:
        self.bodies[custom] = body

    def text_for(self, custom: str, row: str) -> str:
        return "答案:9 Ω" if "R2" in json.dumps(self.bodies[custom]) else "答案:7 Ω"


def test_check_by_batch_files(tmp_path: Path) -> None:
    ds = folder(tmp_path / "d", [item(f"R{n}的阻值为______。", "7 Ω") for n in range(1, 7)])
    provider = Answering()
    server = Quiet(("127.0.0.1", 0), type("Here", (Handler,), {"provider": provider}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    price = "{input: 1, output: 1, date: 2026-11-01, batch: {input: 0.5, output: 0.5}}"
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    rows = [
        f"  - {{name: {n}, model: {n}, base_url: '{url}', price: {price}, batch: {{}}}}\n" for n in ("second", "third")
    ]
    (tmp_path / "teachers.yaml").write_text("teachers:\n" + "".join(rows), "utf-8")
    try:
        said("synth", "check", ds.root, "--teacher", "second", "--third", "third", "--batch", cwd=tmp_path)
    finally:
        server.shutdown()
        server.server_close()
    got = {i.question[:2]: i for i in Dataset(ds.root).items()}
    assert {q: standing(i) for q, i in got.items()} == {
        **{f"R{n}": "accepted" for n in (1, 3, 4, 5, 6)}, "R2": "rejected",
    }  # fmt: skip
    assert latest(got["R2"])["vote"].note.startswith("2 of 2 votes")
    assert len(provider.batches) == 3, "blind, first vote, second vote"
    assert len(provider.bodies) == 6 + 2


def test_a_third_without_batch_files_is_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    ds = folder(tmp_path / "d", [item("R1的阻值为______。", "7 Ω")])
    price = "{input: 1, output: 1, date: 2026-11-01, batch: {input: 0.5, output: 0.5}}"
    rows = "".join(
        f"  - {{name: {n}, model: {n}, base_url: 'http://127.0.0.1:1/v1', price: {price}{more}}}\n"
        for n, more in (("second", ", batch: {}"), ("third", ""))
    )
    (tmp_path / "teachers.yaml").write_text("teachers:\n" + rows, "utf-8")
    words = ["synth", "check", str(ds.root), "--teacher", "second", "--third", "third", "--batch"]
    text = said(*words, cwd=tmp_path, code=1)
    assert "third" in text and "batch" in text, text
    assert not (ds.root / "batches").exists()
