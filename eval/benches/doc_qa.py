"""Questions on the pages of a document: the answer, and the page that shows it."""

from __future__ import annotations

import re

from eval.benches.base import Bench, Graded
from qa.formats.asked import Asked
from qa.grading import Verdict
from qa.prompts import question_text

PROMPTS = {
    "zh": "以上{count}张图是同一文档的页面,依次为第1页到第{count}页。",
    "en": "The {count} pictures above are pages of one document, in order page 1 to page {count}.",
}
"""Stands before the question."""
PAGE_PROMPTS = {
    "zh": "再另起一行写出“页码:”和依据所在的页。",
    "en": "Then a line: Page: and the page that shows it.",
}
"""Stands after the question, which already says in which form to answer."""
DESCRIPTION = """
Questions on several pages of one document, of which one (or more) shows the answer. The score is that of the answer;
`page` is F1 of the cited pages against the right ones, `grounded` counts answers that are right with all pages right.
"""
_GAP = r"[ \t]{0,3}"  # bounded: a reply of a million blanks must not take long
_NUMBERS = (
    rf"\d{{1,3}}{_GAP}页?"
    rf"(?:{_GAP}(?:,|\uff0c|、|;|和|及|与|and|&|to|到|至|[-–~]){_GAP}(?:第|pages?)?{_GAP}\d{{1,3}}{_GAP}页?)*"
)
_CITED = re.compile(
    r"^[ \t>*_#-]*(?:页码|页|pages?(?: numbers?)?)[ \t*_]*(?:[:\uff1a]([^\n]{1,60})|(?:第\s*)?("
    + _NUMBERS
    + r")[ \t*_.。]*)$",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that cites pages and does nothing else: after a colon, or numbers alone (`Page 2 shows R1` is an answer)."""
_RANGE = re.compile(r"(\d{1,3})\s*页?\s*(?:to|到|至|[-–~])\s*(?:第|pages?)?\s*(\d{1,3})", re.IGNORECASE)
_LONGEST = 20
_INLINE = re.compile(r"第\s*(\d{1,3})\s*页|\bpage\s+(\d{1,3})\b", re.IGNORECASE)


class DocQa(Bench):
    """`doc_qa`: the answer's score, the cited page's F1, and both together."""

    name, short, forms = "doc_qa", "doc_qa", ("mcq", "fill", "open")
    title, description = "Documents, answers with the page", DESCRIPTION
    measures = ("page", "grounded")

    def prompt(self, row: Asked) -> str:
        pages = PROMPTS[row.lang].format(count=len(row.images))
        return "\n".join((pages, question_text(row.question, row.options, row.form, row.lang), PAGE_PROMPTS[row.lang]))

    def grade(self, row: Asked, reply: str) -> Graded:
        verdict: Verdict = row.grade(without_pages(reply))
        cited, wanted = pages_cited(reply), set(row.evidence)
        shared = len(cited & wanted)
        page = 2 * shared / (len(cited) + len(wanted)) if shared else 0.0
        return Graded(verdict, {"page": page, "grounded": verdict.score if cited == wanted else 0.0})


def pages_cited(reply: str) -> set[int]:
    """Page numbers a reply cites: those of its last `Page:` line, else of its last `page N` or `第N页`."""
    lines = _CITED.findall(reply)
    if lines:
        # the first numbers: `2 of 3` and `2 (R1 and C1)` are page 2
        said = re.search(_NUMBERS, "".join(lines[-1]), re.IGNORECASE)
        return _pages(said[0]) if said else set()
    inline = [a or b for a, b in _INLINE.findall(reply)]
    return {int(inline[-1])} if inline else set()


def _pages(numbers: str) -> set[int]:
    spans = [(int(a), int(b)) for a, b in _RANGE.findall(numbers)]
    within = {n for a, b in spans if 0 <= b - a <= _LONGEST for n in range(a, b + 1)}
    return within | {int(n) for n in re.findall(r"\d{1,3}", numbers)}


def without_pages(reply: str) -> str:
    """The reply without its page lines, so that a page number is not read as the answer."""
    return _CITED.sub("", reply)
