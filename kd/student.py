"""Any OpenAI-compatible server as a teacher without a price: the student behind `shell/deploy.sh`, or another model."""

from __future__ import annotations

import os
from datetime import date

from pydantic import ValidationError

from eval.server import api_root, served_model
from qa.errors import KitError
from qa.secret import HIDDEN
from synth.teacher.config import Price, Teacher

KEY_ENV = "CIRCUIT_VQA_API_KEY"
"""The variable that holds the key of such a server, where it wants one; `eval run` reads the same."""
NAME = "student"


def student(url: str, model: str = "", max_tokens: int = 1024, concurrency: int = 16) -> Teacher:
    """The model served at `url`; asked now whether it is there.

    Args:
        model: Name the server knows it by; empty: the only one it serves.

    Raises:
        KitError: no server answers there, it serves no such model, or the address holds a key.
    """
    if "@" in url or "?" in url or "sk-" in url:
        raise KitError(f"--url {HIDDEN}: an address holds no key; put it into the environment: export {KEY_ENV}=…")
    root = api_root(url)
    key = os.environ.get(KEY_ENV, "").strip()
    name = served_model(root, key or "EMPTY", model)
    try:
        return Teacher(
            name=NAME,
            base_url=root,
            model=name,
            key_env=KEY_ENV if key else None,
            price=Price(input=0, output=0, date=date(2026, 1, 1)),
            concurrency=concurrency,
            timeout_s=900,
            structured="none",
            picture_tokens=0,
            parameters={"max_tokens": max_tokens},
        )
    except ValidationError as e:
        raise KitError(f"--url: {e.errors(include_input=False)[0]['msg'].removeprefix('Value error, ')}") from None
