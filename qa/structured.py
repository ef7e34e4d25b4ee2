"""JSON and YAML answers: equal when parsed, quantities within tolerance, texts as `qa.names` forgives them."""

from __future__ import annotations

import json
import math
import re

from qa.embedded import fenced, json_in
from qa.item import REL_TOL
from qa.names import named, squeeze
from qa.quantity import parse_whole
from qa.reply import plain
from qa.units import NONE

_LARGEST = 20_000
_ANCHOR = re.compile(r"(?:^|[\s\[{,:-])&\w", re.MULTILINE)


def parse_json(text: str) -> object | None:
    """The JSON a text is or holds; None if it holds none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return json_in(text)


def parse_yaml(text: str) -> object | None:
    """The YAML a text is or holds in a code fence; None if it is no mapping or list."""
    import yaml

    source = (fenced(text) or [text])[-1]
    if len(source) > _LARGEST or _ANCHOR.search(source):  # anchors let a small text grow without bound
        return None
    try:  # the C loader dies on deep nesting, this one raises RecursionError
        data: object = yaml.load(source, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError):
        return None
    return data if isinstance(data, dict | list) else None


def same_data(a: object, b: object, depth: int = 0) -> bool:
    """Whether the wanted `a` and `b` say the same; lists keep their order, objects do not."""
    if depth > 50:
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        left = {squeeze(str(k)): v for k, v in a.items()}
        right = {squeeze(str(k)): v for k, v in b.items()}
        same_keys = left.keys() == right.keys() and len(a) == len(b) == len(left)  # `I` and `i` are one key too many
        return same_keys and all(same_data(v, right[k], depth + 1) for k, v in left.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same_data(x, y, depth + 1) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict | list) or isinstance(b, dict | list):
        return False
    return _same_leaf(a, b)


def _same_leaf(a: object, b: object) -> bool:
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return a is b
    x, y = plain(str(a)), plain(str(b))
    p, q = parse_whole(x), parse_whole(y)
    if p is not None and q is not None:
        if not (q.fits((p.unit or NONE).dim) or (p.unit and p.unit.bare_prefix)):  # `10000` and `10k` for 10 kΩ
            return False
        m, n = p.value(NONE), q.value(NONE)
        return math.isclose(m, n, rel_tol=REL_TOL, abs_tol=0.0)
    if squeeze(x) == squeeze(y):
        return True
    return bool({n.id for n in named(x)} & {n.id for n in named(y)})
