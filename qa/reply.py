"""A model's reply made plain: reasoning, markdown and LaTeX taken off, signs unified, the final part found."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

HEAD, TAIL = 4_000, 12_000
"""Of a longer reply only these many characters at both ends are read: an answer stands at an end."""

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_SUPERSCRIPT_RUN = re.compile(f"[{_SUPERSCRIPTS}]+")
_TO_DIGITS = str.maketrans(_SUPERSCRIPTS, "0123456789+-")
# Before NFKC, which would turn ① into a bare 1, ½ into 1⁄2 and a full-width comma into a thousands separator.
_BEFORE_NFKC = str.maketrans(
    {chr(0x2460 + i): f"({i + 1})" for i in range(20)}
    | {"\uff0c": ", ", "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "∕": "/", "…": " … "}
    | dict.fromkeys("\u200b\u200c\u200d\ufeff\u2060\u00ad", None)
    | dict.fromkeys("−‒–⁃﹣-", "-")
    | {"“": '"', "”": '"', "‘": "'", "’": "'", "⋅": "·", "∙": "·", "•": "·", "✕": "×"}
    | {
        "\u0304": "'",
        "\u0305": "'",
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "∶": ":",
        "℧": "mho",
        "㏀": "kΩ",
        "㏁": "MΩ",
        "⁄": "/",
    }
)

_MIXED = re.compile(r"(?<=\d)(?=[½¼¾⅓⅔])")
_BEFORE_CHARS = re.compile("[" + re.escape("".join(map(chr, _BEFORE_NFKC)) + _SUPERSCRIPTS) + "]")
# What cleaning could change: markup, LaTeX, or anything but ASCII, Greek letters, Chinese and its punctuation.
_SPECIAL = re.compile(r"[\\$*_`#<>{【~]|[^\x00-\x7fΩμωπ×°√≈、。「」【】\u4e00-\u9fff]")
_SUBSCRIPT = re.compile(r"_(?<=[A-Za-z]_)(?<![A-Za-z0-9_]{3}_)(?=\d{1,3}(?![A-Za-z0-9_]))")
"""`R_1`, `R_{1}` are R1."""
_LONG_SPACE = re.compile(r"[^\S\n]{3,}|\s{8,}")
"""Any white space: patterns that begin with `\s*` take quadratic time on long runs."""
_REASONING = re.compile(r"<(/)?(?:think|thinking|reasoning|thoughts?)>", re.IGNORECASE)
_SPECIAL_TOKEN = re.compile(r"<\|[a-z_]{1,30}\|>|</?(?:s|answer_text)>")
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~")
_HEADED = re.compile(r"【\s?([^】\n]{1,8})\s?】")
"""`【答案】A【解析】…`: each part on a line of its own."""
_ANSWER_TAG = re.compile(r"</?answer>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?:(?<=[\s(:])|^)([*_])(?=[^\s*_])([^*_\n]{1,80})\1(?=$|[\s.,:;!)。])", re.MULTILINE)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+|^>\s?", re.MULTILINE)

_LATEX_TEXT = re.compile(
    r"\\(?:text|mathrm|mathbf|mathit|mathsf|textbf|textrm|textit|operatorname|rm|bf|mbox|hbox|ce|unit|qty|si)\b"
    r"\s*\{([^{}]*)\}"
)
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_LATEX_SHORT_FRACTION = re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)")
_LATEX_ROOT = re.compile(r"\\sqrt\s*(?:\{([^{}]*)\}|(\d))")
_LATEX_BAR = re.compile(r"\\(?:overline|bar)\s*(?:\{([^{}]*)\}|([A-Za-z]))")
_LATEX_SCRIPT = re.compile(r"([_^])\s*\{([^{}]*)\}")
_LATEX_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_LATEX_SYMBOLS = {
    "Omega": "Ω", "omega": "ω", "ohm": "Ω", "mu": "μ", "micro": "μ", "kilo": "k", "mega": "M", "milli": "m",
    "nano": "n", "pico": "p", "giga": "G", "volt": "V", "ampere": "A", "hertz": "Hz", "farad": "F", "henry": "H",
    "second": "s", "watt": "W", "siemens": "S", "times": "×", "cdot": "·", "approx": "≈", "simeq": "≈", "sim": "≈",
    "pi": "π", "circ": "°", "degree": "°", "angle": "∠", "pm": "±", "Rightarrow": "⇒", "rightarrow": "→", "to": "→",
    "implies": "⇒", "therefore": "therefore ", "parallel": "∥", "div": "/", "%": "%", "_": "_", "&": "&", "#": "#",
    "{": "{", "}": "}", "$": "", "!": "", "left": "", "right": "", "displaystyle": "", "\\": "\n", "\n": "\n",
}  # fmt: skip
_DECIMAL_COMMA = re.compile(r"(?<![\d,.])(\d{1,4}),(\d{1,2}|\d{4,6})(?![\d,])(?=\s?[a-zA-ZμµΩ°%])")
"""`1,10 mA`, `8,95 V` in German, French, Spanish …; in Chinese and English a comma there parts two numbers."""
_OTHER_LANGUAGE = re.compile(
    r"[äöüßéèêàçñãõáíóúа-я]|\b(?:der|die|das|ist|und|antwort|strom|spannung|widerstand|les?|est|courant|tension|vaut|el|los"
    r"|respuesta|corriente|resposta|risposta|corrente|tensione)\b",
    re.IGNORECASE,
)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[^{}]{0,20}\}(?:\{[^{}]{0,20}\})?")
_ALIGNED = re.compile(r"(?<!\\)&(?=\s*(?:=|\\approx|≈))")
_FLAT = re.compile(r"[\w.√π]+")


def clean(reply: object) -> str:
    """The reply as plain text with signs unified (NFKC); empty for what is no text. Never raises."""
    if not isinstance(reply, str):
        return str(reply) if isinstance(reply, int | float) and not isinstance(reply, bool) else ""
    text = without_reasoning(reply) if "<" in reply else reply
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    if len(text) > 400:
        text = _LONG_SPACE.sub(lambda m: "\n\n" if "\n" in m[0] else "  ", text)
    if "," in text and _DECIMAL_COMMA.search(text) and _OTHER_LANGUAGE.search(text):
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    if not _SPECIAL.search(text):  # the common case: nothing below would change anything
        return text.strip()
    if "<" in text:
        text = _ANSWER_TAG.sub(lambda m: "\n" if m[0][1] == "/" else "\nAnswer: ", _SPECIAL_TOKEN.sub("", text))
    text = _unify(text)
    if "【" in text:
        text = _HEADED.sub(r"\n\1: ", text)
    if "~~" in text:
        text = _STRUCK.sub(" ", text)
    if "\\" in text or "$" in text or "^{" in text or "_{" in text:
        text = _without_latex(text)
    if "*" in text or "_" in text or "`" in text or "#" in text or ">" in text:
        text = _HEADING.sub("", _EMPHASIS.sub(r"\2", text.replace("**", "").replace("`", "")))
        text = _SUBSCRIPT.sub("", text) if "_" in text else text
    return text.strip()


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """`clean` for questions, options and answers, which come again and again."""
    return clean(text)


def without_reasoning(text: str) -> str:
    """What follows the last `</think>`; a reasoning block that never ends holds no answer."""
    at = 0
    opened = False
    for m in _REASONING.finditer(text):
        if m[1]:
            at, opened = m.end(), False
        elif not opened:
            end, opened = m.start(), True
    return text[at:end] if opened else text[at:]


def _unify(text: str) -> str:
    if text.isascii():
        return text
    if not _BEFORE_CHARS.search(text):
        return unicodedata.normalize("NFKC", text)
    text = _SUPERSCRIPT_RUN.sub(lambda m: "^" + m[0].translate(_TO_DIGITS), _MIXED.sub(" ", text))
    return unicodedata.normalize("NFKC", text.translate(_BEFORE_NFKC))


def _without_latex(text: str) -> str:
    text = _ENVIRONMENT.sub("\n", _unboxed(text).replace("{,}", ","))
    text = _ALIGNED.sub("", text)
    for old, new in (("\\(", " "), ("\\)", " "), ("\\[", " "), ("\\]", " ")):
        text = text.replace(old, new)
    for _ in range(4):  # innermost braces first; deeper nesting than this is no answer
        before = text
        text = _LATEX_TEXT.sub("\0\\1", text)  # \0 keeps `\\cdot\\mathrm{s}` from becoming `\\cdots`
        text = _LATEX_FRACTION.sub(_fraction, text)
        text = _LATEX_SHORT_FRACTION.sub(r"\1/\2", text)
        text = _LATEX_ROOT.sub(lambda m: f"√{_grouped(m[1] or m[2] or '')}", text)
        text = _LATEX_SCRIPT.sub(_script, text)
        text = _LATEX_BAR.sub(_barred, text)
        if text == before:
            break
    text = _LATEX_COMMAND.sub(lambda m: _LATEX_SYMBOLS.get(m[1], " "), text)
    return (
        text.replace("\0", "").replace("^°", "°").replace("$", " ").replace("~", " ").replace("{", "").replace("}", "")
    )


def _script(m: re.Match[str]) -> str:
    return f"{m[1]}{m[2].strip(chr(0) + ' ')}" if m[1] == "_" or len(m[2]) < 6 else f"^({m[2]})"


def _barred(m: re.Match[str]) -> str:
    """What has a bar is inverted: `A'`, `(A+B)'`."""
    part = (m[1] or m[2] or "").replace("\0", "").strip()
    return f"{part}'" if len(part) == 1 else f"({part})'"


def _grouped(part: str) -> str:
    part = part.replace("\0", "").strip()
    return part if _FLAT.fullmatch(part) else f"({part})"


def _fraction(m: re.Match[str]) -> str:
    mixed = " " if m.string[m.start() - 1 : m.start()].isdigit() and m[1].isdigit() and m[2].isdigit() else ""
    return f"{mixed}{_grouped(m[1])}/{_grouped(m[2])}"


def _unboxed(text: str) -> str:
    r"""`\boxed{X}` becomes an answer line of its own."""
    for _ in range(8):
        start = text.find("\\boxed")
        if start < 0:
            break
        opening = text.find("{", start)
        if opening < 0 or text[start + 6 : opening].strip():
            text = f"{text[:start]}\nAnswer: {text[start + 6 :]}"
            continue
        depth, end = 0, len(text)
        for i in range(opening, len(text)):
            depth += (text[i] == "{") - (text[i] == "}")
            if depth == 0:
                end = i
                break
        text = f"{text[:start]}\nAnswer: {text[opening + 1 : end]}\n{text[end + 1 :]}"
    return _BETWEEN_BOXES.sub(lambda m: f" {m[1] or ','} ", text)


_BETWEEN_BOXES = re.compile(
    r"\n[\s$]{0,3}(?:\\[)\]])?\s{0,3}(or|and|或者?|和|[,、;]|)\s{0,3}(?:\\[(\[])?[\s$]{0,3}\nAnswer: ", re.IGNORECASE
)
"""`\\boxed{3}, \\boxed{5}` is one answer line."""


# -- the final part ---------------------------------------------------------------------------------
MARKER = re.compile(
    r"(?:最终|正确|最后)?(?:的)?(?:答案|结果)[\"']?(?:应该|应|就|如下|约|大约|分别|也|可以|可能)*\s*[:是为选]+\s*"
    r"|答案\s*(?=[(A-Za-z\d\"'-])"
    r"|\b(?:antwort|respuesta|réponse|resposta|risposta|ответ)\s*(?:ist|es|est|é|:)\s*|(?:答え|正解|解答|정답)\s*[:はは은는]?\s*(?=\S)"
    r"|\b(?:final|correct|right)?\s?(?:answers?|results?)\b[\"']?(?:\s*\([a-z ]{1,12}\))?"
    r"\s*(?:(?:would|should|must)\s+be|is|are|was|:|=|-(?=\s))\s*:?\s*",
    re.IGNORECASE,
)
"""What announces the final answer: `答案:`, `正确答案是`, `The answer is`, `Final answer:`."""

SOFT_MARKER = re.compile(
    r"(?:所以|因此|因而|故而?|综上(?:所述)?|可得|可知|从而)\s*,?|\b(?:therefore|thus|hence|so|consequently|finally)\b\s*,?|[∴⇒]",
    re.IGNORECASE,
)
"""What announces a conclusion: `所以`, `therefore`."""

TAKEN_BACK = re.compile(
    r"不对|有误|错了|更正|修正|重新|等等|应为|\b(?:no|wait|actually|correction|sorry|hold on|mistake|redo)\b",
    re.IGNORECASE,
)
"""What takes back an answer given before it: `不对`, `wait`."""

_CONTENT = re.compile(r"[\w%°√-]")


def after_marker(text: str, marker: re.Pattern[str] = MARKER) -> str | None:
    """What follows the last marker that anything follows; None without one."""
    stop = len(text)
    for m in reversed(list(marker.finditer(text))):
        if _CONTENT.search(text, m.end(), stop):
            return text[m.end() :].strip()
        stop = m.end()
    return None


REFUSAL = re.compile(
    r"(?:无法|不能|没有?办法|没法)(?:再|够|直接|准确|正确)?"
    r"(?:确定|判断|回答|识别|看出|看到|得出|算出|求出|辨认|计算|从图|给出|读取|读出|提供|查看|分析|作答|根据)"
    r"|看不(?:清|出|到)|不(?:太)?(?:确定|清楚|知道)|不会(?:做|答|解)?(?=[。,]|$)|难以(?:确定|判断)|抱歉|对不起|很遗憾"
    r"|没有足够|(?:信息|条件)不[足全够]|才能(?:回答|判断|计算|作答)|请(?:您)?(?:先|重新)?(?:提供|上传|补充)"
    r"|(?:图片?|图像)[^,。]{0,4}(?:未能?|没能|没有|无法)(?:成功|正常)?(?:加载|上传|显示|提供)|没有(?:看到|上传|提供|给出)"
    r"|\b(?:can\s?not|can'?t|could\s?n[o']t|could not|unable to|not able to|(?:im|not )possible to|hard to)\s+"
    r"(?:be\s+|quite\s+|really\s+|clearly\s+)?"
    r"(?:determined?|tell|answer(?:ed)?|see|identify|say|read|provide|help|assist|calculated?|compute|know|view|make\s+out"
    r"|find|recogni[sz]e|open|access)"
    r"|\bi(?:'m| am) (?:not sure|unsure|sorry)|\b(?:do not|don'?t) (?:know|see)|\bsorry\b|not enough information"
    r"|insufficient information|\bn/a\b|\bas an ai\b|\bno (?:image|picture|figure|diagram|photo)\b"
    r"|图(?:片|像|中|上)?[^,。]{0,4}(?:没有|未)(?:明确|清楚|直接)?地?(?:标出|标注|标明|注明|显示|画出)"
    r"|\b(?:image|picture|diagram|figure|schematic)\s(?:does\snot|doesn't)\s(?:\w+\s)?(?:show|indicate|specify|label|give|say|contain)"
    r"|\bplease (?:upload|provide|attach|share)\b|\b(?:too blurry|illegible|unreadable)\b|\bmore information\b",
    re.IGNORECASE,
)
"""A refusal: `无法确定`, `I cannot tell`."""
