"""How questions are put: as they are, without the picture, with the options turned, several times."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from qa.errors import KitError


class WayError(KitError):
    """A bench cannot be asked this way: its pictures have no netlists, or train has no examples of its forms."""


class Mode(BaseModel):
    """The way a run asks. Reports of different modes are never taken for the same thing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    picture: Literal["shown", "blank", "netlist"] = "shown"
    """`blank`: a white one of equal size (`--blind`); `netlist`: the netlist as text in its place (`--text`)."""
    circular: bool = False
    """Multiple choice is asked once in every rotation of its options; all must be right."""
    repeats: int = Field(default=1, ge=1)
    temperature: float = Field(default=0.0, ge=0, le=2)
    style_of: int = Field(default=0, ge=0)
    """So many answers to the most similar questions of the train split stand before the question, as examples."""

    def __str__(self) -> str:
        """`as it is`, or what differs: `blank, circular, 4 repeats at temperature 0.7`."""
        said: list[str] = [self.picture] if self.picture != "shown" else []
        said += ["circular"] if self.circular else []
        said += [f"{self.repeats} repeats"] if self.repeats > 1 else []
        said += [f"temperature {self.temperature:g}"] if self.temperature else []
        said += [f"style of {self.style_of}"] if self.style_of else []
        return ", ".join(said) or "as it is"
