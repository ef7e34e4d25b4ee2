"""A reply that goes through the options one by one: which of them it affirms.

`(A) …: no … (C) …: yes`, `Option B: -2 V - matches.`, `A. … ❌`, `C. … 不符;`. Each option's part runs to the next
label or the end of its line. One affirmed part is the choice; so is the one part left when the others are all denied.
"""

from __future__ import annotations

import re

_LABEL = re.compile(
    r"(?:^|(?<=[\s.。;,!|]))(?:[-*·]\s*)?(?P<word>选项\s?|\boption\s+)?\(?(?P<letter>[A-H])\)?"
    r"(?:\s?[.、:)|]|\s?(?:选项|项)|(?<=\))(?=\s)|\s?(?=[✅✔☑√✓❌✗✘×✕])|(?(word)(?=[\s,\u4e00-\u9fff])|(?!)))(?![A-Za-z0-9])",
    re.IGNORECASE | re.MULTILINE,
)
_STARTS = 40
_YES = re.compile(
    r"[✅✔☑√✓]|正确|符合|成立|一致|吻合|匹配|是对的|只有[这它]|\b(?:yes|correct|right|match(?:es)?|fits?|true|agrees|holds)\b"
    r"|(?<![\u4e00-\u9fff])[是对](?![\u4e00-\u9fff])",
    re.IGNORECASE,
)
_NO = re.compile(
    r"[❌✗✘×✕]|不|错|否|没有|无关|偏[大小]|相反|排除|矛盾"
    r"|\b(?:no|not|wrong|incorrect|false|never|neither|excluded|(?:too|much)\s\w+|n't|cannot|would)\b|n't\b",
    re.IGNORECASE,
)


def parts_by_label(text: str) -> dict[str, str]:
    """letter -> what is said after its label, where at least three options are gone through once each."""
    found = [m for m in _LABEL.finditer(text) if m["letter"].isupper()]
    for start in range(min(len(found), _STARTS)):
        run = [m["letter"] for m in found[start : start + 8]]
        count = next((i for i, x in enumerate(run) if x in run[:i]), len(run))
        if count >= 3:
            marks = found[start : start + count]
            ends = [m.start() for m in marks[1:]] + [_line_end(text, marks[-1].end())]
            return {
                m["letter"]: text[m.end() : min(e, _line_end(text, m.end()))] for m, e in zip(marks, ends, strict=True)
            }
    return {}


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def without_parts(text: str) -> str:
    """The reply without the lines that go through the options."""
    parts = parts_by_label(text)
    for part in parts.values():
        text = text.replace(part, " ", 1) if part.strip() else text
    return _LABEL.sub(" ", text) if parts else text


def affirmed(parts: dict[str, str], options: tuple[str, ...]) -> str | None:
    """The one option affirmed, or the one not denied where all others are."""
    said = {x: _without_option(part, options, x) for x, part in parts.items()}
    yes = [x for x, part in said.items() if _YES.search(part) and not _NO.search(part)]
    no = [x for x, part in said.items() if _NO.search(part)]
    if len(yes) == 1:
        return yes[0]
    left = [x for x in said if x not in no]
    return left[0] if not yes and len(left) == 1 and len(no) >= 2 and len(said) == len(options) else None


def _without_option(part: str, options: tuple[str, ...], letter: str) -> str:
    """The option's own text says nothing about it: `not inverted` is an option, not a denial."""
    at = "ABCDEFGH".index(letter)
    own = options[at] if at < len(options) else ""
    return part.replace(own, " ", 1) if own else part
