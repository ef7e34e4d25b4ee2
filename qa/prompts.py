"""The words a model is asked with. Training rows and benches use the same ones, or the score means nothing."""

from __future__ import annotations

from collections.abc import Sequence

from qa.item import LETTERS, Form, Item, Lang

SYSTEM = "You are a helpful assistant."
"""What ms-swift's qwen2_5_vl template puts first when a row has no system turn. Other servers may not: say it."""

ASK: dict[tuple[Form, Lang], str] = {
    ("mcq", "zh"): "请看图回答单项选择题,最后一行写出“答案:”和选项字母。",
    ("mcq", "en"): "Look at the picture and answer. End with a line: Answer: and the letter.",
    ("fill", "zh"): "请看图填空,最后一行写出“答案:”和所填内容,数值带单位。",
    ("fill", "en"): "Look at the picture and fill in the blank. End with a line: Answer: and what goes in it,"
    " with its unit.",
    ("open", "zh"): "请看图用几句话回答,最后一段以“答案:”开头。",
    ("open", "en"): "Look at the picture and answer in a few sentences. Begin the last paragraph with: Answer:",
    ("components", "zh"): "请看图,最后一行写出“答案:”和全部元件,用逗号隔开。",
    ("components", "en"): "Look at the picture. End with a line: Answer: and all components, separated by commas.",
}
LEAD: dict[Lang, str] = {"zh": "答案:", "en": "Answer: "}
_WORDS: dict[Lang, tuple[str, str]] = {"zh": ("问题:", "选项:"), "en": ("Question: ", "Options: ")}


def question_text(question: str, options: Sequence[str] | None, form: Form, lang: Lang) -> str:
    """The user's turn without its pictures."""
    ask, opts = _WORDS[lang]
    lines = [f"{ask}{question}"]
    if options:
        lines.append(opts + " ".join(f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=False)))
    lines.append(ASK.get((form, lang), ""))
    return "\n".join(line for line in lines if line)


def user_text(item: Item) -> str:
    """The user's turn for an Item, without its pictures."""
    return question_text(item.question, item.options, item.form, item.lang)


def assistant_text(item: Item, explain: bool = False) -> str:
    """The right reply: `答案:B`, with the explanation before it if asked."""
    last = f"{LEAD[item.lang]}{item.answer_text}"
    return f"{item.explanation}\n{last}" if explain and item.explanation else last
