"""Letters named in an explanation, put right after the options were reordered; or None where that is not safe."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LETTER = re.compile(r"(?<![A-Za-z0-9_\\^/·&|])[A-D](?![A-Za-z0-9_'^]|\s?[=≈+·⊕]|-[A-Za-z]|/)")
_BEFORE = re.compile(
    r"(?:选项?|选择|答案\s*(?:应?[是为选]|[:\uff1a])?|故|应为|排除|(?:正确|错误)(?:的)?(?:选项|答案)?\s*(?:是|为|[:\uff1a])"
    r"|\b(?:options?|choices?|answers?|letter|select|choose|pick|eliminate)\b(?:\s+(?:is|are|would be|must be))?"
    r"\s*[:\uff1a]?)"
    r"\s*[(\uff08\"“【*]*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[)\uff09\"”】*]*\s*(?:选?项|(?:是|为)?(?:正确|错误|对的?|错的?|不对|不正确|不符|符合)|(?:is|are)\s+(?:also\s+|both\s+)?"
    r"(?:the\s+)?(?:correct|wrong|incorrect|right|false|true|answer|excluded|not\b))",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\s*(?:[、,\uff0c/]|和|与|及|或|以及|\band\b|\bor\b)\s*(?:选项?|options?\s*)?[(\uff08]?$", re.IGNORECASE
)
_LABEL_AFTER = re.compile(r"\s?[.、:\uff1a)\uff09\uff0e]")
_LABEL_BEFORE = re.compile(r"(?:^|[\n;\uff1b。.!?(\uff08\s])\s*$")
_NAME_BEFORE = re.compile(
    r"(?:\d\s?|节点|端子?|点|变量|相|类|级|输入端?|输出端?|信号|引脚|支路|之间|\b(?:node|point|terminal|input|output|pin|class|"
    r"type|phase|port|variable|net|branch|between)s?\s*)$",
    re.IGNORECASE,
)
_NAME_AFTER = re.compile(r"\s?(?:点|端|极|脚|相|类|节点|触发器|支路)")
_ARTICLE = re.compile(r"\s+[a-z]")


def relabelled(text: str, moved: Mapping[str, str]) -> str | None:
    """The explanation with every option letter mapped by `moved` (old letter -> new).

    None where a letter may or may not stand for an option: a wrong letter in an explanation is worse than an order
    that is not balanced.
    """
    out: list[str] = []
    at = 0
    last_end = -1
    for m in _LETTER.finditer(text):
        kind = _kind(text, m, at_list=last_end >= 0 and _LIST.fullmatch(text[last_end : m.start()]) is not None)
        if kind == "unsure":
            return None
        if kind == "option":
            if m[0] not in moved:
                return None
            out += [text[at : m.start()], moved[m[0]]]
            at = last_end = m.end()
    return "".join([*out, text[at:]])


def _kind(text: str, m: re.Match[str], at_list: bool) -> str:
    before, end = text[max(0, m.start() - 40) : m.start()], m.end()
    if _NAME_BEFORE.search(before) or _NAME_AFTER.match(text, end):
        return "unsure" if _BEFORE.search(before) or _AFTER.match(text, end) else "name"
    if at_list or _BEFORE.search(before) or _AFTER.match(text, end) or _opens_list(text, m):
        return "option"
    if _LABEL_AFTER.match(text, end) and _LABEL_BEFORE.search(before):
        return "option"  # `A. 10 kΩ`, `(B)`, `C:` at the start of a part
    if m[0] == "A" and _ARTICLE.match(text, end) and (not before.strip() or before.rstrip()[-1] in ".!?:;\n"):
        return "name"  # `A resistor …`
    return "unsure"


def _opens_list(text: str, m: re.Match[str]) -> bool:
    """`A、B、D错误`: the first of several, the last of which is said to be an option."""
    rest = re.compile(
        r"(?:\s*(?:[、,\uff0c/]|和|与|及|或|以及|and|or)\s*(?:选项?|options?\s*)?[A-D](?![A-Za-z0-9_]))+", re.IGNORECASE
    ).match(text, m.end())
    return rest is not None and _AFTER.match(text, rest.end()) is not None
