"""Teachers: where a model is asked, what it costs, how fast it may be asked. Keys come from the environment only."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from qa.errors import KitError
from qa.secret import without_secret

_OWN = {"messages", "model", "stream", "response_format"}


class TeacherError(KitError):
    """A teacher cannot be asked; the message says which, why, and how to mend. Never holds a key."""


class _Settings(BaseModel):
    # Pydantic would print what was typed, and what was typed may be a key.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


Dollars = Annotated[float, Field(ge=0)]


class BatchPrice(_Settings):
    """US dollars per million tokens in a batch file."""

    input: Dollars
    output: Dollars


class Price(_Settings):
    """US dollars per million tokens, and the day they were looked up."""

    input: Dollars
    output: Dollars
    date: date
    batch: BatchPrice | None = None

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """US dollars of one answer."""
        return (tokens_in * self.input + tokens_out * self.output) / 1e6


class BatchFiles(_Settings):
    """What a teacher takes as batch files of the OpenAI form (`/files`, `/batches`); the defaults are OpenAI's."""

    requests: Annotated[int, Field(ge=1)] = 50_000
    """Most rows in a file."""
    file_mb: Annotated[float, Field(gt=0)] = 200.0
    """Largest file, in 10^6 bytes."""
    row_mb: Annotated[float, Field(gt=0)] | None = None
    """Largest row, in 10^6 bytes."""
    tokens: Annotated[int, Field(ge=1)] | None = None
    """Most tokens that may wait in batches at once, as the account allows; None: found out from refusals."""
    window: str = "24h"
    """`completion_window`: after this time what is not done expires."""


class Teacher(_Settings):
    """One model behind an OpenAI-compatible endpoint."""

    name: Annotated[str, Field(pattern=r"^[\w.:-]{1,64}$")]
    base_url: str
    """Up to and with the version: `https://api.openai.com/v1`."""
    model: Annotated[str, Field(min_length=1)]
    key_env: str | None = None
    """Name of the environment variable that holds the key; None: no key is sent."""
    price: Price
    rpm: Annotated[float, Field(gt=0)] | None = None
    """Requests a minute the provider allows; None: found out from its 429s."""
    tpm: Annotated[float, Field(gt=0)] | None = None
    """Tokens a minute, in and out together."""
    concurrency: Annotated[int, Field(ge=1, le=4096)] = 16
    timeout_s: Annotated[float, Field(gt=0)] = 180.0
    patience_s: Annotated[float, Field(gt=0)] = 900.0
    """So long without one answer, and the teacher is given up for this run."""
    structured: Literal["json_schema", "json_object", "none"] = "json_schema"
    """How the endpoint is told the form of the reply; whatever it does, replies are validated here."""
    picture_tokens: Annotated[int, Field(ge=0)] = 3000
    """Most tokens one picture counts for, used to keep a budget before the real count is known."""
    batch: BatchFiles | None = None
    """Whether and how it takes batch files; their price is `price.batch`."""
    parameters: dict[str, Any] = {}
    """Sent with every request (`temperature`, `max_tokens`, …); a call's own come on top."""

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # its text may quote a key that stands where the port should
            named = False
        if not named:
            raise ValueError("must begin with http:// or https:// and name a host")
        if "@" in url or parts.query or parts.fragment:
            raise ValueError("must hold no user, password or ?query; the key belongs into the environment, see key_env")
        return url.rstrip("/")

    @field_validator("key_env")
    @classmethod
    def _names_a_variable(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,63}", name):
            raise ValueError("must be the NAME of an environment variable (capitals, digits, _), not the key itself")
        return name

    @field_validator("parameters")
    @classmethod
    def _leaves_ours_alone(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        if taken := _OWN & parameters.keys():
            raise ValueError(f"{', '.join(sorted(taken))} cannot be set here")
        for name in ("max_tokens", "max_completion_tokens"):
            most = parameters.get(name, 1)
            if type(most) is not int or most < 1:
                raise ValueError(f"{name} must be a whole number from 1")
        try:
            json.dumps(parameters, allow_nan=False)
        except (TypeError, ValueError) as e:
            raise ValueError("holds what JSON has no word for, such as a date or nan") from e
        return parameters

    def key(self) -> str | None:
        """The key, read now from the environment. Raises TeacherError when it is not there or cannot be sent."""
        if self.key_env is None:
            return None
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise TeacherError(f"teacher {self.name}: no key in the environment; set it: export {self.key_env}=…")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise TeacherError(
                f"teacher {self.name}: the key in {self.key_env} holds blanks or odd characters; set it again"
            )
        return key

    def scrub(self, text: str) -> str:
        """The text without this teacher's key, should a server have echoed it, plain or escaped as JSON or a URL."""
        key = os.environ.get(self.key_env, "").strip() if self.key_env else ""
        return without_secret(text, key)


def presets() -> dict[str, dict[str, Any]]:
    """The teachers shipped with the kit, by name, as they stand in presets.yaml."""
    import yaml

    text = resources.files("synth.teacher").joinpath("presets.yaml").read_text(encoding="utf-8")
    return {entry["name"]: entry for entry in yaml.safe_load(text)["teachers"]}


def load_teachers(path: Path | str | None = None) -> dict[str, Teacher]:
    """The teachers of a teachers.yaml by name; of the presets, without a path.

    An entry may name a preset and change what differs: `{preset: gpt-4o, rpm: 5000}`.

    Raises:
        TeacherError: one line naming the file, the entry and the field.
    """
    shipped = presets()
    if path is None:
        return {name: _teacher(entry, "presets.yaml", name) for name, entry in shipped.items()}
    found: dict[str, Teacher] = {}
    for n, entry in enumerate(_entries(Path(path)), start=1):
        where = f"entry {n}"
        if not isinstance(entry, dict):
            raise TeacherError(f"{path}: {where}: must be a mapping of fields; see docs/teachers.md")
        entry = dict(entry)
        if "preset" in entry:
            preset = entry.pop("preset")
            if not isinstance(preset, str) or preset not in shipped:
                raise TeacherError(f"{path}: {where}: no such preset; there are {', '.join(shipped)}")
            entry = {**shipped[preset], **entry}
        teacher = _teacher(entry, str(path), where)
        if teacher.name in found:
            raise TeacherError(f"{path}: {where}: two teachers are called {teacher.name}; give one another name")
        found[teacher.name] = teacher
    return found


def _entries(path: Path) -> list[Any]:
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "is not UTF-8 text"
        raise TeacherError(f"{path}: {why}; see docs/teachers.md for an example") from None
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)  # the error's text quotes the line, and the line may hold a key
        raise TeacherError(f"{path}: line {mark.line + 1 if mark else '?'}: is not YAML") from None
    teachers = data.get("teachers") if isinstance(data, dict) else None
    if not isinstance(teachers, list) or not teachers:
        raise TeacherError(f"{path}: needs a list under `teachers:`; see docs/teachers.md for an example")
    return teachers


def _teacher(entry: dict[str, Any], file: str, where: str) -> Teacher:
    try:
        return Teacher.model_validate(entry)
    except ValidationError as e:
        first = e.errors(include_input=False, include_context=False, include_url=False)[0]
        if first["type"] == "extra_forbidden":  # its name is safe to print only where it looks like a name
            name = str(first["loc"][-1])
            what = f"{name if re.fullmatch(r'[a-z_]{1,20}', name) else 'a field'}: no such field"
            if "key" in name:
                what += "; keys belong into the environment, name the variable in key_env"
        else:
            what = f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"
        raise TeacherError(f"{file}: {where}: {what}") from None
