"""Questions as Label Studio tasks with their labelling config, and its JSON export back as decisions.

Formats: https://labelstud.io/guide/tasks (tasks, local files), https://labelstud.io/guide/task_format (export),
https://labelstud.io/tags/textarea and /tags/choices (the config's tags).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qa.dataset import write_whole
from qa.errors import KitError
from qa.item import LETTERS
from synth.review.desk import Desk
from synth.review.edit import answer_as_text
from synth.review.incoming import Said, checks_line
from synth.review.record import REASONS, version
from synth.review.rows import Row

TEXTS = ("question", *LETTERS, "answer", "explanation")
"""Names of the text areas; the same keys hold the texts in a task's data."""


def write_tasks(rows: Iterable[Row], desk: Desk, path: Path) -> tuple[int, Path]:
    """Write tasks as JSON, and the labelling config beside it; returns how many tasks, and the config's path.

    Pictures are named as Label Studio serves local files, with the folder above the dataset as its document root.
    """
    rows = list(rows)
    root = quote(desk.ds.root.resolve().name)
    tasks = [{"data": _data(row, desk, root)} for row in rows]
    write_whole(path, (json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode())
    config = path.with_suffix(".xml")
    write_whole(config, labelling_config(any(len(r.item.pictures) > 1 for r in rows)).encode())
    return len(tasks), config


def _data(row: Row, desk: Desk, root: str) -> dict[str, Any]:
    item, last = row.item, desk.log.last(row.item.id)
    pictures = [f"/data/local-files/?d={root}/{quote(p)}" for p in item.pictures]
    options = [*(item.options or ()), *[""] * len(LETTERS)][: len(LETTERS)]
    return {
        "image": pictures[0] if pictures else "",
        "images": pictures,
        "item": item.id,
        "version": version(item),
        "seen": last.key if last else "",
        "question": item.question,
        **dict(zip(LETTERS, options, strict=True)),
        "answer": answer_as_text(item.answer),
        "explanation": item.explanation,
        "about": f"level {item.level}, {item.topic}, {item.lang}, {item.form}, {row.before}; {item.origin.writer}",
        "checks": checks_line(row) or "not checked yet",
    }


def labelling_config(several_pictures: bool = False) -> str:
    """The XML that Label Studio's "Labeling Interface, Code" takes."""
    source = 'valueList="$images"' if several_pictures else 'value="$image"'
    areas = "\n".join(
        f'  <Header value="{name}" size="6"/>\n'
        f'  <TextArea name="{name}" toName="picture" value="${name}" rows="{2 if len(name) > 1 else 1}"'
        ' maxSubmissions="1" editable="true"/>'
        for name in TEXTS
    )
    reasons = "\n".join(f'    <Choice value="{reason}"/>' for reason in REASONS)
    return f"""<View>
  <Image name="picture" {source} zoom="true" zoomControl="true"/>
  <Text name="about" value="$about"/>
  <Text name="checks" value="$checks"/>
  <Choices name="verdict" toName="picture" choice="single" required="true" showInline="true">
    <Choice value="accept" hotkey="a"/>
    <Choice value="reject" hotkey="r"/>
  </Choices>
  <Choices name="reason" toName="picture" choice="single" visibleWhen="choice-selected" whenTagName="verdict"
           whenChoiceValue="reject" showInline="true">
{reasons}
  </Choices>
{areas}
</View>
"""


def read_export(path: Path, reviewer: str = "") -> Iterator[Said]:
    """What the annotations of a JSON export say; `reviewer` names whoever made them, else Label Studio's user does.

    A text that differs from the task's makes an accepted question an edit. Tasks without an annotation, and skipped
    ones, say nothing. Raises KitError where the file is no such export.
    """
    try:
        tasks = json.loads(path.read_bytes())
    except (ValueError, OSError) as e:
        raise KitError(f"{path}: not JSON ({e})") from e
    if not isinstance(tasks, list) or not all(isinstance(t, dict) for t in tasks):
        raise KitError(f"{path}: must be a list of tasks; export from Label Studio as JSON")
    if tasks and not any("annotations" in t for t in tasks):
        raise KitError(f"{path}: the tasks hold no annotations; export as JSON (not JSON-MIN, CSV or the tasks file)")
    for n, task in enumerate(tasks, 1):
        said = _said(f"{path}: task {task.get('id', n)}", task, reviewer)
        if said is not None:
            yield said


def _said(where: str, task: dict[str, Any], reviewer: str) -> Said | None:
    """What a task's annotators say together."""
    data = task.get("data")
    data = data if isinstance(data, dict) else {}
    made = [a for a in _list(task.get("annotations")) if isinstance(a, dict) and not a.get("was_cancelled")]
    if not made:
        return None
    made.sort(key=lambda a: str(a.get("updated_at") or a.get("created_at") or ""))
    given = [_results(a) for a in made]
    verdicts = {g.get("verdict", "") for g in given}
    last = given[-1]
    texts: dict[str, Any] = {name: last.get(name, data.get(name, "")) for name in ("question", "answer", "explanation")}
    texts["options"] = tuple(last.get(letter, data.get(letter, "")) for letter in LETTERS)
    decision = last.get("verdict", "")
    if decision == "accept" and any(last[name] != data.get(name, "") for name in TEXTS if name in last):
        decision = "edit"
    said = ", ".join(sorted(v or "nothing" for v in verdicts))
    return Said(
        where=where,
        item=str(data.get("item", "")),
        version=str(data.get("version", "")),
        seen=str(data.get("seen", "")),
        decision=decision,
        by=reviewer or _user(made[-1].get("completed_by")),
        reason=last.get("reason", ""),
        given=texts,
        fault=f"annotators disagree ({said}); settle it on the page" if len(verdicts) > 1 else "",
    )


def _results(annotation: dict[str, Any]) -> dict[str, str]:
    """name of the control -> what was chosen or written."""
    found: dict[str, str] = {}
    for result in _list(annotation.get("result")):
        value = result.get("value") if isinstance(result, dict) else None
        if not isinstance(value, dict):
            continue
        got = value.get("choices") or value.get("text")
        if isinstance(got, list) and got:
            got = got[-1]
        if isinstance(got, str):
            found[str(result.get("from_name"))] = got
    return found


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _user(who: object) -> str:
    """A name for Label Studio's `completed_by`: a number, or a user's record."""
    if isinstance(who, dict):
        full = f"{who.get('first_name') or ''} {who.get('last_name') or ''}".strip()
        return str(full or who.get("email") or who.get("username") or who.get("id") or "")[:40]
    return f"labelstudio {who}" if who is not None else ""
