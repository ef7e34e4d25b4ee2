"""What transformers and its kin load behind our back."""

from __future__ import annotations

import sys


def without_deepspeed() -> None:
    """Keep this process from importing DeepSpeed; to every library it then looks as if it were not installed.

    Where it is installed, accelerate imports it whenever weights are saved, only to ask whether they are DeepSpeed's.
    That takes seconds, and without a GPU it prints that it found none. For commands that train nothing.
    """
    sys.modules.setdefault("deepspeed", None)  # type: ignore[arg-type]  # None: "not there", to import and find_spec
