"""A teacher for tests that knows the pictures: it writes and answers questions, rightly or wrongly as its script says.

Run as: python -m tests.synth.knowing_teacher '{"truth": "truth.json", "data": "data/mine", "models": {"a": {}}}'

Latency, 429, 500, hang-ups, cut-off JSON, prose and refusals come from the fake teacher. A picture is known by the hash
of its bytes, which is its name in the dataset folder; the truth of a file was made beforehand (known_truth.py), that of
the gold items stands in the folder itself. Each model errs on its own. What is done follows from hashes of names, never
from chance. Nothing of the kit is imported here.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.synth.teacher.fake_teacher import Server, running, serve_forever, share

MODEL: dict[str, Any] = {
    "wrong": 0.0,  # share of labels it writes, and of questions it answers, that are wrong
    "chatty": 0.0,  # share of answers with reasoning before them
    "twins": 0.0,  # share of pictures with one question asked twice in other words
    "faults": 0.0,  # share of pictures with one more question that no rule may let pass
    "questions": 6,  # a picture; fewer where less is known
}
LETTERS = "ABCD"
COLON = "\uff1a"
MARK = "[.\u3001:\uff1a)\uff09]"
"""What stands between the letter of an option and its text."""
CATEGORIES = ("recognition", "connection", "function", "calculation", "absent")
_PARTS = ("question", "options", "answer", "explanation", "category", "skip")
HEADS = {
    "zh": dict(zip(_PARTS, ("问题", "选项", "答案", "解析", "类别", "跳过"), strict=True)),
    "en": dict(zip(_PARTS, ("Question", "Options", "Answer", "Explanation", "Category", "Skipped"), strict=True)),
}
TEXT_FORM = re.compile("(?m)^(?:跳过|Skipped)[:\uff1a]")
MORE = re.compile(r"补出 ?(\d+) ?道|write (\d+) more")
LEAD = {"zh": "请问", "en": "In this picture: "}

Known = dict[str, Any]


class Knowing(Server):
    """The fake teacher with a memory of truths."""

    def __init__(self, script: dict[str, Any]) -> None:
        super().__init__(script)
        self.models = {name: {**MODEL, **settings} for name, settings in script["models"].items()}
        self.data = Path(script["data"])
        self.truth: dict[str, dict[str, list[Known]]] = json.loads(Path(script["truth"]).read_text("utf-8"))["pictures"]
        self.files: dict[str, str] = {}
        self.gold: dict[str, list[Known]] = {}

    def name_of(self, request: dict[str, Any]) -> str:
        """The same name for a request, its repetition and its correction turn."""
        first = [m for m in request["messages"] if m["role"] != "assistant"][:2]
        return hashlib.sha256(json.dumps([request["model"], first]).encode()).hexdigest()[:16]

    def cut(self, text: str) -> str:
        return text[: len(text) // 2]

    def text_for(self, name: str, request: dict[str, Any]) -> str:
        model = request["model"]
        texts, pictures = said(request)
        text, wants = "\n".join(texts), fields_wanted(request)
        kind = kind_of(text, wants)
        self.counts[f"{kind}:{model}"] += 1
        lang = "zh" if re.search(r"[\u4e00-\u9fff]", texts[0]) else "en"
        if kind == "write":
            return self.write(
                model, pictures, lang, texts, text_form="questions" not in wants and '"questions"' not in text
            )
        if kind == "answer":
            return self.answer_blind(model, pictures, text, wants, self.paid[name])
        return judged(kind, text)

    # -- what is known ----------------------------------------------------------------------------
    def known(self, picture: str) -> tuple[str, dict[str, list[Known]]]:
        """Name of the picture and its questions by language; nothing where nobody told."""
        if picture not in self.files and picture not in self.gold:
            self.look_again()
        if picture in self.files:
            return self.files[picture], self.truth.get(self.files[picture], {})
        gold = self.gold.get(picture, [])
        return picture, {lang: [q for q in gold if q["lang"] == lang] for lang in ("zh", "en")}

    def look_again(self) -> None:
        for row in rows(self.data / "pictures.jsonl"):
            if row.get("path"):
                self.files[Path(row["path"]).stem] = row["file"]
        for row in rows(self.data / "gold" / "items.jsonl"):
            known = {"topic": "", "explanation": "", **row}
            if known not in (mine := self.gold.setdefault(Path(row["pictures"][0]).stem, [])):
                mine.append(known)

    # -- writing ----------------------------------------------------------------------------------
    def write(self, model: str, pictures: list[str], lang: str, texts: list[str], text_form: bool) -> str:
        file, by_lang = self.known(pictures[0]) if pictures else ("", {})
        settings, known = self.models[model], by_lang.get(lang, [])
        more = MORE.search(texts[-1])
        if more:  # a second turn: others than those that are good already
            fresh = [q for q in known if q["question"] not in texts[-1]]
            written = [self.labelled(q, model, file) for q in fresh[-int(more[1] or more[2]) :]]
        else:
            written = [self.labelled(q, model, file) for q in pick(known, settings["questions"])]
            if written and share("twin", model, file) < settings["twins"]:
                written.append({**written[0], "question": LEAD[lang] + written[0]["question"]})
            if written and share("fault", model, file) < settings["faults"]:
                written.append(faulty(written, file))
        had = {q["category"] for q in known}
        skipped = [{"category": c, "reason": "the picture does not give enough"} for c in CATEGORIES if c not in had]
        if text_form:
            return as_text(written, skipped, HEADS[lang])
        return json.dumps({"questions": written, "skipped": skipped}, ensure_ascii=False)

    def labelled(self, q: Known, model: str, file: str) -> Known:
        """A question as written, with a wrong label where the script wants one."""
        wrong = share("label", model, file, q["question"]) < self.models[model]["wrong"]
        shown = {k: q[k] for k in ("category", "form", "topic", "question", "options")}
        if wrong:
            return {**shown, "answer": q["wrong"], "explanation": ""}
        return {**shown, "answer": q["answer"], "explanation": q["explanation"]}

    # -- answering --------------------------------------------------------------------------------
    def answer_blind(self, model: str, pictures: list[str], text: str, wants: set[str], time: int) -> str:
        of = [self.known(p) for p in pictures] or list(self.truth.items())
        squeezed = "".join(text.split())
        fits = [q for _, by in of for qs in by.values() for q in qs if "".join(q["question"].split()) in squeezed]
        if not fits:
            self.counts[f"unknown:{model}"] += 1
            return self.shaped("?", model, text, wants, "zh")
        q = max(fits, key=lambda q: len(q["question"]))
        errs = share("answer", model, q["question"], pictures, time) < self.models[model]["wrong"]
        if q["form"] != "mcq":
            answer = q.get("wrong", "42") if errs else q["answer"]
        else:
            right = letter_of(q["options"][LETTERS.index(q["answer"])], text)
            others = [x for x in LETTERS if x != right]
            answer = others[int(share("other", model, q["question"], time) * 3)] if errs else right
        return self.shaped(answer, model, text, wants, "zh" if re.search(r"[\u4e00-\u9fff]", q["question"]) else "en")

    def shaped(self, answer: str, model: str, text: str, wants: set[str], lang: str) -> str:
        if "answer" in wants:
            extra = dict.fromkeys(wants & {"reason", "reasoning", "explanation", "working"}, "as the picture shows")
            return json.dumps({**extra, "answer": answer}, ensure_ascii=False)
        last = f"答案{COLON}{answer}" if lang == "zh" else f"Answer: {answer}"
        if share("chatty", model, text) < self.models[model]["chatty"]:
            return ("先看图中的连接关系,再逐一排除。\n" if lang == "zh" else "Let us look at it step by step.\n") + last
        return last


def kind_of(text: str, wants: set[str]) -> str:
    """What a request is for, from its words and the form it asks for."""
    if "questions" in wants or '"questions"' in text or TEXT_FORM.search(text):
        return "write"
    if '"verdict"' in text or "verdict" in wants:
        return "same" if '"verdict": "same|' in text else "judge"
    if wants & {"diversity", "expertise"} or '"diversity"' in text:
        return "assess"
    return "answer"


def judged(kind: str, text: str) -> str:
    """A valid reply to a request for a judgement."""
    if kind == "assess":
        numbers = sorted({int(n) for n in re.findall(r"(?m)^(?:样本|Sample) (\d+) \(", text)})
        scores = {k: {"score": 4, "reason": "as shown"} for k in ("diversity", "expertise", "difficulty", "fit")}
        return json.dumps({"samples": [{"number": n, "right": True, "reason": ""} for n in numbers], **scores})
    said_same = re.findall("(?m)^(?:回答[一二]|Answer (?:one|two))[:\uff1a] *(.*)$", text)
    different = kind == "same" and len({"".join(x.split()).lower() for x in said_same}) > 1
    verdict = ("different" if different else "same") if kind == "same" else "pass"
    return json.dumps({"verdict": verdict, "reason": "as the picture shows"})


def said(request: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The texts of a request less the replies in it, and its pictures by the name they have in a dataset folder."""
    texts, pictures = [], []
    for message in request["messages"]:
        if message["role"] == "assistant":
            continue
        content = message["content"]
        for part in content if isinstance(content, list) else [{"type": "text", "text": content}]:
            if part["type"] == "text":
                texts.append(part["text"])
            else:
                data = base64.b64decode(part["image_url"]["url"].partition(",")[2])
                pictures.append(hashlib.sha256(data).hexdigest()[:20])
    return texts, pictures


def fields_wanted(request: dict[str, Any]) -> set[str]:
    """Names of the fields of the JSON schema a request comes with; none without one."""
    form = request.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return set(form.get("properties", {}))


def rows(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a JSONL file that may be growing."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]


def pick(known: list[Known], count: int) -> list[Known]:
    """One question of each category first, then as they come."""
    first = {q["category"]: q for q in reversed(known)}
    return [*first.values(), *(q for q in known if q not in first.values())][: max(count, len(first))]


def faulty(written: list[Known], file: str) -> Known:
    """A question that some rule must turn down."""
    choice = next((q for q in written if q["form"] == "mcq"), None)
    kind = int(share("kind of fault", file) * 3)
    if choice is None or kind == 0:
        return {**written[0], "form": "fill", "options": None, "question": "图中没有空白的填空题", "answer": "3"}
    options = choice["options"]
    if kind == 1:
        return {**choice, "question": f"{choice['question']}(多选项)", "options": [*options, "以上都不是"]}
    return {**choice, "question": f"{choice['question']}(重选项)", "options": [options[0], *options[:3]]}


def as_text(written: list[Known], skipped: list[dict[str, str]], heads: dict[str, str]) -> str:
    """The plain text form of the write prompt."""
    blocks = []
    for q in written:
        options = " ".join(f"{x}. {o}" for x, o in zip("ABCDE", q["options"] or [], strict=False))
        shown = {**q, "options": options, "category": f"{q['category']}/{q['topic']}"}
        fields = ("question", "options", "answer", "explanation", "category")
        blocks.append("\n".join(f"{heads[k]}{COLON}{shown[k]}" for k in fields if shown[k]))
    blocks.append("\n".join(f"{heads['skip']}{COLON}{s['category']}{COLON}{s['reason']}" for s in skipped))
    return "\n\n".join(b for b in blocks if b)


def letter_of(option: str, text: str) -> str:
    """The letter beside an option in a text, whatever order the options are in; A where it is not there."""
    for letter in LETTERS:
        end = f"(?=\\s[A-E]\\s*{MARK}|\\s*$)"
        if re.search(rf"(?<![A-Za-z0-9]){letter}\s*{MARK}\s*{re.escape(option)}\s*{end}", text, re.M):
            return letter
    return LETTERS[0]


@contextmanager
def knowing_teacher(truth: Path, data: Path, models: dict[str, dict[str, Any]], **script: Any) -> Iterator[str]:
    """A server that knows this truth; yields its base URL. `models`: name -> what differs from MODEL."""
    told = {"truth": str(truth), "data": str(data), "models": models}
    with running(["-m", "tests.synth.knowing_teacher"], {**told, **script}) as url:
        yield url


if __name__ == "__main__":
    asyncio.run(serve_forever(Knowing(json.loads(sys.argv[1]))))
