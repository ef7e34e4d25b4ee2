"""Our benches registered in EvalScope: importing this file is all an EvalScope run of one's own needs.

    import eval.evalscope_benches
    from evalscope.run import run_task
    run_task({"model": …, "datasets": ["circuit_mcq"],
              "dataset_args": {"circuit_mcq": {"local_path": "data/mine/evalscope/mcq"}}})

Modes are extra parameters: `"extra_params": {"picture": "blank", "circular": True}` beside `local_path`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalscope.api.benchmark import BenchmarkMeta, VisionLanguageAdapter
from evalscope.api.dataset import DatasetDict, MemoryDataset, Sample
from evalscope.api.evaluator import TaskState
from evalscope.api.messages import ChatMessage, ChatMessageSystem, ChatMessageUser, ContentImage, ContentText
from evalscope.api.metric import Score
from evalscope.api.registry import register_benchmark
from evalscope.constants import Tags

from eval.benches import BENCHES
from eval.benches.base import Bench, Graded
from eval.cases import Case
from eval.judging import MARK, Marks
from eval.mode import Mode
from eval.prepared import prepared
from eval.rows import data_hash
from qa.formats.asked import Asked
from qa.grading import Verdict
from qa.item import answer_line

LEVELS = (1, 2, 3, 4)
_ASKED_AS = ("rotation", "repeat")


def meta(bench: Bench) -> BenchmarkMeta:
    """What EvalScope wants to know of one of our benches."""
    said = {
        "data_hash": (
            "str",
            "SHA-256 of rows, prompts and pictures; set by the bench itself so that EvalScope's cache, which matches"
            " answers by row number, never serves another dataset's",
            "",
        ),
        "picture": ("str", "shown, blank (a white one of equal size) or netlist (as text in its place)", "shown"),
        "circular": ("bool", "ask multiple choice in every rotation of its options", False),
        "repeats": ("int", "ask everything so many times", 1),
        "style_of": ("int", "answers to so many similar train questions as examples", 0),
        "split": ("str", "test or val", "test"),
        "limit": ("int", "so many questions, evenly spread over the file; 0: all", 0),
        "blanks": ("str", "folder for blank pictures; beside the rows if empty", ""),
        "marks": ("str", "file with the judge's marks, made by circuit-vqa eval run", ""),
    }
    return BenchmarkMeta(
        name=bench.name,
        pretty_name=bench.title,
        description=bench.description,  # None crashes EvalScope 1.14 when all answers are in
        tags=[Tags.CUSTOM, Tags.MULTI_MODAL],
        dataset_id=f"data/NAME/evalscope/{bench.short}",
        subset_list=[f"level_{n}" for n in LEVELS],
        metric_list=["acc", "unparsed", *bench.measures, *([MARK] if bench.short == "open" else [])],
        primary_metric="acc",
        few_shot_mode="disabled",
        eval_split="test",
        extra_params={k: {"type": t, "description": d, "value": v} for k, (t, d, v) in said.items()},
    )


class CircuitBench(VisionLanguageAdapter):
    """Asks the rows of one folder and grades the replies with `qa.grading`."""

    bench: Bench

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.folder.is_dir():
            self._benchmark_meta.extra_params["data_hash"]["value"] = data_hash(self.folder, self.bench, self.split)

    @property
    def folder(self) -> Path:
        """The bench folder, `data/NAME/evalscope/<bench>`."""
        return Path(self.dataset_id)

    @property
    def split(self) -> str:
        """`test` or `val`."""
        return str(self._given("split"))

    @property
    def mode(self) -> Mode:
        """How questions are put."""
        return Mode.model_validate({k: self._given(k) for k in ("picture", "circular", "repeats", "style_of")})

    def _given(self, name: str) -> Any:
        return self.extra_params.get(name, self._benchmark_meta.extra_params[name]["value"])

    def load(self) -> tuple[DatasetDict, None]:
        """One subset per level. Never asks a hub: a folder that is not there is an error."""
        limit = self._given("limit") or self.limit
        blanks = Path(self._given("blanks") or self.folder / ".blank")
        todo = prepared(self.bench, self.folder, self.mode, limit, blanks, self.split).cases
        by_level: dict[str, list[Sample]] = {name: [] for name in self.subset_list}
        for case in todo:
            by_level.setdefault(f"level_{case.row.level}", []).append(_sample(case))
        subsets = {name: MemoryDataset(samples, name=name) for name, samples in by_level.items()}
        for subset in subsets.values():
            subset.reindex()
        return DatasetDict(subsets), None

    def extract_answer(self, prediction: str, task_state: TaskState) -> str:
        """The answer our grader reads in the reply, empty if it reads none."""
        return self._grade(prediction, task_state).verdict.read or ""

    def match_score(
        self, original_prediction: str, filtered_prediction: str, reference: str, task_state: TaskState
    ) -> Score:
        """The score (`acc`), whether no answer could be read (`unparsed`, which counts as wrong), other measures."""
        graded = self._grade(original_prediction, task_state)
        verdict, scores = graded.verdict, dict(graded.scores)
        if path := self._given("marks"):
            scores |= Marks.of(Path(path)).scores(task_state.metadata)
        return Score(
            value={"acc": verdict.score, "unparsed": float(verdict.verdict == "unparsed"), **scores},
            extracted_prediction=verdict.read,
            prediction=original_prediction,
            explanation=verdict.why,
            metadata={
                "verdict": verdict.verdict,
                "score": verdict.score,
                "read": verdict.read,
                "why": verdict.why,
                "fault": verdict.fault,
                "scores": scores,
            },
            main_score_name="acc",
        )

    def _grade(self, reply: str, task_state: TaskState) -> Graded:
        refused = getattr(task_state.output, "error", None)
        if refused:
            why = f"the server refused the question: {refused}"
            return Graded(Verdict("unparsed", None, why, 0.0, fault="refused by server"))
        fields = {k: v for k, v in task_state.metadata.items() if k not in _ASKED_AS}
        return self.bench.grade(Asked.model_validate(fields), reply)


def _sample(case: Case) -> Sample:
    """The chat turns (pictures, then text, as in training), and all the grader needs as metadata."""
    messages: list[ChatMessage] = []
    for turn in case.turns:
        if turn.role == "system":
            messages.append(ChatMessageSystem(content=turn.text))
            continue
        pictures = [ContentImage(image=str(p)) for p in turn.pictures]  # read when sent
        messages.append(ChatMessageUser(content=[*pictures, ContentText(text=turn.text)]))
    return Sample(
        input=messages,
        target=answer_line(case.row.answer),
        subset_key=f"level_{case.row.level}",
        metadata=case.row.model_dump(mode="json") | {"rotation": case.rotation, "repeat": case.repeat},
    )


for _bench in BENCHES.values():
    register_benchmark(meta(_bench))(type(type(_bench).__name__, (CircuitBench,), {"bench": _bench}))
