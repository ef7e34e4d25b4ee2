"""What both circuit benches share: our prompts, our grader, base64 pictures, a hash of the data, levels as subsets.

An EvalScope run of one's own needs only `import eval.benches.circuit_mcq` before `evalscope.run.run_task`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalscope.api.benchmark import BenchmarkMeta, VisionLanguageAdapter
from evalscope.api.dataset import DatasetDict, MemoryDataset, Sample
from evalscope.api.evaluator import TaskState
from evalscope.api.messages import ChatMessageUser, ContentImage, ContentText
from evalscope.api.metric import Score
from evalscope.constants import Tags

from eval.rows import data_hash, picture_paths, prompt, read_rows, spread
from qa.formats.asked import Asked
from qa.grading import Verdict
from qa.item import Form, answer_line
from qa.prompts import SYSTEM

LEVELS = (1, 2, 3, 4)


def meta(form: Form, title: str, description: str) -> BenchmarkMeta:
    """What EvalScope wants to know of one of our benches."""
    return BenchmarkMeta(
        name=f"circuit_{form}",
        pretty_name=title,
        description=description,  # None crashes EvalScope 1.14 when all answers are in
        tags=[Tags.CUSTOM, Tags.MULTI_MODAL],
        dataset_id=f"data/NAME/evalscope/{form}",
        subset_list=[f"level_{n}" for n in LEVELS],
        metric_list=["acc", "unparsed"],
        primary_metric="acc",
        few_shot_mode="disabled",
        eval_split="test",
        system_prompt=SYSTEM,
        extra_params={
            "data_hash": {
                "type": "str",
                "description": "SHA-256 of rows, prompts and pictures; set by the bench itself so that EvalScope's"
                " cache, which matches answers by row number, never serves another dataset's",
                "value": "",
            }
        },
    )


class CircuitBench(VisionLanguageAdapter):
    """Asks the rows of one folder and grades the replies with `qa.grading`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.folder.is_dir():
            self._benchmark_meta.extra_params["data_hash"]["value"] = data_hash(self.folder)

    @property
    def folder(self) -> Path:
        """The bench folder, `data/NAME/evalscope/<form>`."""
        return Path(self.dataset_id)

    def load(self) -> tuple[DatasetDict, None]:
        """One subset per level. Never asks a hub: a folder that is not there is an error."""
        by_level: dict[str, list[Sample]] = {name: [] for name in self.subset_list}
        for row in spread(read_rows(self.folder), self.limit):
            sample = self.record_to_sample(row.model_dump())
            by_level.setdefault(f"level_{row.level}", []).append(sample)
        subsets = {name: MemoryDataset(samples, name=name) for name, samples in by_level.items()}
        for subset in subsets.values():
            subset.reindex()
        return DatasetDict(subsets), None

    def record_to_sample(self, record: dict[str, Any]) -> Sample:
        """The chat turn (pictures, then text, as in training), and all the grader needs as metadata."""
        row = Asked.model_validate(record)
        pictures = [ContentImage(image=str(p)) for p in picture_paths(row, self.folder)]  # read when sent
        content = [*pictures, ContentText(text=prompt(row))]
        return Sample(
            input=[ChatMessageUser(content=content)],
            target=answer_line(row.answer),
            subset_key=f"level_{row.level}",
            metadata=row.model_dump(mode="json"),
        )

    def extract_answer(self, prediction: str, task_state: TaskState) -> str:
        """The answer our grader reads in the reply, empty if it reads none."""
        return _grade(prediction, task_state).read or ""

    def match_score(
        self, original_prediction: str, filtered_prediction: str, reference: str, task_state: TaskState
    ) -> Score:
        """Right or wrong (`acc`), and whether no answer could be read (`unparsed`, which counts as wrong)."""
        verdict = _grade(original_prediction, task_state)
        return Score(
            value={"acc": verdict.score, "unparsed": float(verdict.verdict == "unparsed")},
            extracted_prediction=verdict.read,
            prediction=original_prediction,
            explanation=verdict.why,
            metadata={
                "verdict": verdict.verdict,
                "score": verdict.score,
                "read": verdict.read,
                "why": verdict.why,
                "fault": verdict.fault,
            },
            main_score_name="acc",
        )


def _grade(reply: str, task_state: TaskState) -> Verdict:
    refused = getattr(task_state.output, "error", None)
    if refused:
        return Verdict("unparsed", None, f"the server refused the question: {refused}", 0.0, fault="refused by server")
    return Asked.model_validate(task_state.metadata).grade(reply)
