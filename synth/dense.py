"""Pictures with all of their truth, to teach a small model to see: where each part stands, what is printed beside it.

Single questions teach a model that cannot see yet next to nothing; the list of everything in the picture does.
Written in shards: `00007.pictures.npy` (grey pixels of 256 pictures, one after the other) and `00007.jsonl`
(a `Seen` a line). Shards are made whole or not at all, so a stopped run goes on with the next one.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from qa.dataset import write_whole
from qa.errors import KitError
from qa.item import Item, Lang
from qa.picture_size import shown_size
from qa.prompts import assistant_text, user_text
from synth.circuits.draw import family_names, sheet_of, suited
from synth.circuits.drawing import Scene, compose
from synth.circuits.listing import value_shown
from synth.circuits.netlist import KINDS, Circuit
from synth.circuits.render import to_png
from synth.circuits.style import Style
from synth.circuits.words import circuit_of
from synth.questions.assemble import items_for
from synth.workers import in_order

if TYPE_CHECKING:
    import numpy

SHARD = 256
NOTE = "dense.json"
"""What a folder of shards was made with."""
PER_CIRCUIT = (20, 24)
"""Questions on one picture: as many as there are, or nearly."""
ASK: dict[Lang, dict[str, str]] = {
    "en": {
        "parts": "List the components with their values.",
        "places": "Where does each component stand? Columns and rows of 28 pixels.",
        "nets": "List the nets with the components on them.",
    },
    "zh": {
        "parts": "列出图中的元件及其数值。",
        "places": "各元件在图中什么位置?列和行以28像素为单位。",
        "nets": "列出各节点及其所连接的元件。",
    },
}


class Part(BaseModel):
    """A component as the picture shows it; `x`, `y` is the middle of its symbol in pixels."""

    model_config = ConfigDict(frozen=True)
    kind: str
    ref: str
    value: str
    x: float
    y: float


class Text(BaseModel):
    """A printed line and its box in pixels: left, top, right, bottom."""

    model_config = ConfigDict(frozen=True)
    line: str
    box: tuple[float, float, float, float]


class Asked(BaseModel):
    """A question with its right reply, as the training rows put them."""

    model_config = ConfigDict(frozen=True)
    user: str
    reply: str
    level: int
    form: str
    topic: str


class Seen(BaseModel):
    """All that is known of one picture of `width` x `height` pixels."""

    model_config = ConfigDict(frozen=True)
    name: str
    family: str
    lang: Lang
    width: int
    height: int
    parts: tuple[Part, ...]
    texts: tuple[Text, ...]
    lists: tuple[Asked, ...]
    """Everything in the picture as text: `parts`, `places`, `nets`; level 0."""
    questions: tuple[Asked, ...]


def make(family: str, seed: int, index: int, lang: Lang, max_pixels: int) -> tuple[Seen, numpy.ndarray]:
    """One picture as a model with `max_pixels` sees it, in grey (uint8, height x width), and its truth."""
    import io

    import numpy
    from PIL import Image

    rng = random.Random(f"dense/{seed}/{family}/{index}")
    sheet = sheet_of(family, rng)
    style = suited(Style.sample(rng, lang), sheet)
    scene = compose(sheet, style)
    name = f"{family}-{seed}-{index:06d}"
    circuit = circuit_of(sheet, style, name, family)
    picture = Image.open(io.BytesIO(to_png(scene.svg, style, rng))).convert("RGB")
    size = shown_size(picture.width, picture.height, max_pixels)
    # the processor of Qwen2.5-VL resizes so, too; the mean of the channels is what equal weights on them would see
    pixels = numpy.asarray(picture.resize(size, Image.Resampling.BICUBIC), dtype=numpy.float32).mean(axis=2)
    places = _Places(scene, style.rotation, size)
    items = items_for(circuit, "images/p.png", name, lang, rng, "circuits", "Apache-2.0", per_circuit=PER_CIRCUIT)
    return _seen(circuit, scene, places, lang, items), pixels.round().astype(numpy.uint8)


class _Places:
    """From px of the drawing to pixels of the picture: the turn of a scan, then the smaller size."""

    def __init__(self, scene: Scene, rotation: float, size: tuple[int, int]) -> None:
        self.origin, self.size = scene.origin, size
        self.cos, self.sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
        corners = [self._turned(x, y) for x in (0.0, scene.width) for y in (0.0, scene.height)]
        xs, ys = zip(*corners, strict=True)
        self.low = (min(xs), min(ys))
        self.scale = (size[0] / (max(xs) - min(xs)), size[1] / (max(ys) - min(ys)))

    def _turned(self, x: float, y: float) -> tuple[float, float]:
        return x * self.cos - y * self.sin, x * self.sin + y * self.cos

    def __call__(self, x: float, y: float) -> tuple[float, float]:
        tx, ty = self._turned(x - self.origin[0], y - self.origin[1])
        return round((tx - self.low[0]) * self.scale[0], 1), round((ty - self.low[1]) * self.scale[1], 1)


def _seen(circuit: Circuit, scene: Scene, places: _Places, lang: Lang, items: Sequence[Item]) -> Seen:
    parts = []
    for component, (x0, y0, x1, y1) in zip(circuit.components, scene.bodies, strict=True):
        x, y = places((x0 + x1) / 2, (y0 + y1) / 2)
        ref = component.ref if circuit.shown.refs else ""
        parts.append(Part(kind=component.kind, ref=ref, value=value_shown(component, circuit), x=x, y=y))
    texts = []
    for line, (x0, y0, x1, y1) in scene.lines:
        xs, ys = zip(*(places(x, y) for x in (x0, x1) for y in (y0, y1)), strict=True)
        texts.append(Text(line=line, box=(min(xs), min(ys), max(xs), max(ys))))
    return Seen(
        name=circuit.name,
        family=circuit.family,
        lang=lang,
        width=places.size[0],
        height=places.size[1],
        parts=tuple(parts),
        texts=tuple(texts),
        lists=_lists(circuit, parts, lang),
        questions=tuple(
            Asked(user=user_text(i), reply=assistant_text(i), level=i.level, form=i.form, topic=i.topic) for i in items
        ),
    )


def _lists(circuit: Circuit, parts: Sequence[Part], lang: Lang) -> tuple[Asked, ...]:
    names = [p.ref or (KINDS[p.kind].zh if lang == "zh" else KINDS[p.kind].en) for p in parts]
    by_name = sorted(zip(names, parts, strict=True), key=lambda np: (np[0][:1], len(np[0]), np[0]))
    by_place = sorted(zip(names, parts, strict=True), key=lambda np: (int(np[1].y // 28), np[1].x))
    texts = {
        "parts": "; ".join(f"{n} {p.value}".rstrip() for n, p in by_name),
        "places": "; ".join(f"{int(p.x // 28)},{int(p.y // 28)} {n}" for n, p in by_place),
        "nets": "; ".join(_net(circuit, net, names) for net in circuit.by_net),
    }
    return tuple(Asked(user=ASK[lang][k], reply=t, level=0, form="list", topic=k) for k, t in texts.items())


def _net(circuit: Circuit, net: str, names: Sequence[str]) -> str:
    on = [n for n, c in zip(names, circuit.components, strict=True) if net in c.nets]
    label = circuit.shown.nets.get(net)
    return " ".join([*on, *([label] if label else [])])


# -- shards ------------------------------------------------------------------------------------------------------------
def write(
    out: Path, count: int, seed: int, families: Sequence[str], max_pixels: int, workers: int | None = None
) -> Iterator[int]:
    """Write `count` pictures into shards under `out`, those there already left alone; yields how many there are.

    Raises KitError for an unknown family, or where `out` cannot be written.
    """
    unknown = [f for f in families if f not in family_names()]
    if unknown:
        raise KitError(f"no family {unknown[0]!r}; there are: {', '.join(family_names())}")
    chosen = tuple(families) or tuple(family_names())
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise KitError(f"{out}: cannot be written ({e.strerror}); name another --out") from e
    _same_again(out, count, chosen, {"seed": seed, "max_pixels": max_pixels, "families": list(chosen)})
    jobs = [
        Shard(out, number, min(SHARD, count - number * SHARD), seed, chosen, max_pixels)
        for number in range(math.ceil(count / SHARD))
    ]
    done = sum(j.count for j in jobs if j.path.is_file())
    yield done
    for made in in_order(_write_shard, [j for j in jobs if not j.path.is_file()], workers, chunk=1):
        done += made
        yield done


def _same_again(out: Path, count: int, families: Sequence[str], settings: dict[str, object]) -> None:
    """Note what is made under `out`; a last shard that is longer now is made anew.

    Raises KitError where shards of other settings lie there, which a second start would take for its own.
    """
    note = out / NOTE
    try:
        was = json.loads(note.read_text("utf-8")) if note.is_file() else None
        had = int(was["count"]) if was is not None else 0
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise KitError(f"{note}: is broken ({type(e).__name__}); take {out} away, or name another --out") from e
    if was is not None and was != settings | {"count": had}:
        other = ", ".join(k for k in settings if was.get(k) != settings[k])
        raise KitError(f"{out}: holds pictures of another {other}; name another --out, or take it away")
    if was is None and (first := out / f"{0:05d}.jsonl").is_file():  # made before settings were noted
        start = f'{{"name":"{families[0]}-{settings["seed"]}-'
        if not first.read_bytes().startswith(start.encode()):
            raise KitError(f"{out}: holds pictures of another seed or other families; name another --out")
    if had % SHARD and count > had:
        (out / f"{had // SHARD:05d}.jsonl").unlink(missing_ok=True)
    write_whole(note, (json.dumps(settings | {"count": max(count, had)}) + "\n").encode())


class Shard(BaseModel):
    """What one shard holds; the same Shard gives the same bytes."""

    model_config = ConfigDict(frozen=True)
    out: Path
    number: int
    count: int
    seed: int
    families: tuple[str, ...]
    max_pixels: int

    def __init__(self, *values: object) -> None:
        super().__init__(**dict(zip(type(self).model_fields, values, strict=True)))

    @property
    def path(self) -> Path:
        """Its lines; written last, so that a shard with lines is whole."""
        return self.out / f"{self.number:05d}.jsonl"


def _write_shard(shard: Shard) -> int:
    import numpy

    seen, pixels = [], []
    for i in range(shard.count):
        index = shard.number * SHARD + i
        family = shard.families[index % len(shard.families)]
        lang: Lang = ("zh", "en")[index // len(shard.families) % 2]
        try:
            one, grey = make(family, shard.seed, index, lang, shard.max_pixels)
        except (ArithmeticError, ValueError, LookupError, RuntimeError):
            continue  # one circuit in some thousands cannot be solved
        seen.append(one)
        pixels.append(grey.reshape(-1))
    if not seen:
        raise KitError(f"{shard.path}: none of its circuits could be solved; name other --families or another --seed")
    half = shard.path.with_suffix(f".{os.getpid()}.half")
    with half.open("wb") as f:
        numpy.save(f, numpy.concatenate(pixels))
    shutil.move(half, shard.path.with_suffix(".pictures.npy"))
    half.write_text("".join(s.model_dump_json() + "\n" for s in seen), "utf-8")
    shutil.move(half, shard.path)
    return shard.count
