"""TextVQA and VizWiz for ms-swift, which knows neither: read by `--external_plugins`, named by `--dataset hf::…`.

Text in photos is the nearest thing to a circuit's labels that a large free set asks about; VizWiz adds questions whose
answer is that the picture does not tell. Ten people answered each question; the answer most of them gave is trained on.
This file imports swift, which takes seconds: nothing of the kit imports it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from swift.dataset import DatasetMeta, RowPreprocessor, register_dataset

ASK = "Answer with a single word or phrase."


class MostGiven(RowPreprocessor):
    """A row with `image`, `question` and `answers` becomes a dialogue; a row nobody answered is left out."""

    def preprocess(self, row: dict[str, Any]) -> dict[str, Any] | None:
        given = [a.get("answer") if isinstance(a, dict) else a for a in row.get("answers") or []]
        texts = [str(a).strip() for a in given if a and str(a).strip()]
        if not texts or not row.get("question"):
            return None
        answer = Counter(texts).most_common(1)[0][0]  # of equals the one that came first
        turns = [
            {"role": "user", "content": f"<image>{str(row['question']).strip()}\n{ASK}"},
            {"role": "assistant", "content": answer},
        ]
        return {"messages": turns, "images": row["images"]}


# VizWiz has its training pictures in no parquet set of the hub: its validation split stands in, never our benches.
for _name, _splits in (("lmms-lab/textvqa", ["train"]), ("lmms-lab/VizWiz-VQA", ["val"])):
    register_dataset(
        DatasetMeta(
            ms_dataset_id=_name,
            hf_dataset_id=_name,
            split=_splits,
            preprocess_func=MostGiven(columns={"image": "images"}),
            tags=["multi-modal", "en", "vqa"],
        ),
        exist_ok=True,
    )
