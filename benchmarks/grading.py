"""Gradings a second on one core, over a mix of forms, languages and ways of answering.

Run as: python benchmarks/grading.py [--count 40000]
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable

from qa.grading import Verdict, grade
from qa.item import Wanted

Case = tuple[str, str, object, str, object, object]
WORKING = "由图可知,R1与C1串联,输出取自电容两端。截止频率 f = 1/(2πRC),其中 R={r} kΩ,C=10 nF。代入得 f ≈ {a} Hz。\n"
REASONS = "R1 connects VCC to the non-inverting input; GND is the reference. A is wrong because C1 blocks DC. "


def mcq(rng: random.Random, i: int) -> Case:
    values = [f"{rng.randint(1, 99)}.{i % 1000} kΩ" for _ in range(4)]
    letter = rng.choice("ABCD")
    reply = rng.choice((
        f"答案:{letter}。因为VCC和GND", letter, f"({letter}) {values['ABCD'.index(letter)]}",
        f"{REASONS}So the answer is {letter}.", f"选{letter},GND接地", values["ABCD".index(letter)],
        f"首先看运放的同相端。{REASONS}\n答案:{letter}", "无法确定",
    ))  # fmt: skip
    return "mcq", f"图中R{i}的阻值是多少?", rng.choice("ABCD"), reply, values, ()


def quantity(rng: random.Random, i: int) -> Case:
    value = rng.uniform(1, 9999)
    accept = (Wanted(value=value, unit="Hz"),)
    reply = rng.choice((
        f"{value:.1f} Hz", f"答案:{value / 1e3:.4g} kHz", f"{value:.4g}", f"$f = {value / 1e3:.4g}\\,\\mathrm{{kHz}}$",
        WORKING.format(r=i % 97, a=f"{value:.1f}") + f"答案:{value:.1f} Hz",
        f"The cutoff frequency is about {value * 1.1:.1f} Hz.",
    ))  # fmt: skip
    return "fill", f"图{i}中RC低通滤波器的截止频率约为______Hz。", f"{value:.4g}", reply, None, accept


def text(rng: random.Random, i: int) -> Case:
    answer = rng.choice(("并联", "反相放大器", "R2", "NMOS管", "parallel", "low-pass filter"))
    reply = rng.choice(
        ("它们是并联关系", "The circuit is an inverting amplifier.", "R2", "答案:N沟道MOS管", "in series", "LPF")
    )
    return "fill", f"图{i}中R1与R{i % 9}是______。", answer, reply, None, ()


def several(rng: random.Random, i: int) -> Case:
    a, b = rng.uniform(-5, 5), rng.uniform(-9, 9)
    answer = {"I": f"{a:.3g} A", "U_ab": f"{b:.3g} V"}
    reply = rng.choice(
        (f"I = {a:.3g} A, U_ab = {b:.3g} V", f"$I={a:.3g}\\mathrm{{A}}$,$U_{{ab}}={b:.3g}\\mathrm{{V}}$")
    )
    return "fill", f"求图{i}中的I和U_ab。", answer, reply, None, ()


def parts(rng: random.Random, i: int) -> Case:
    refs = [f"R{n}" for n in range(1, 5)] + [f"C{i % 7}"]
    return "components", f"列出图{i}中的元件。", ", ".join(refs), "、".join(rng.sample(refs, 4)), None, ()


MIX: list[tuple[Callable[[random.Random, int], Case], int]] = [
    (mcq, 50), (quantity, 30), (text, 14), (several, 4), (parts, 2),
]  # fmt: skip


def run(cases: list[Case]) -> tuple[float, Counter[str]]:
    """(gradings a second of CPU time, how many of each verdict)."""
    verdicts: list[Verdict] = []
    start = time.process_time()
    for form, question, answer, reply, options, accept in cases:
        verdicts.append(grade(form, question, answer, reply, options, accept))  # type: ignore[arg-type]
    seconds = time.process_time() - start
    return len(cases) / seconds, Counter(v.verdict for v in verdicts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40_000)
    count = parser.parse_args().count
    rng = random.Random(7)
    makers, weights = zip(*MIX, strict=True)
    grade("fill", "", "并联", "串联")  # build the table of names before the clock starts
    for make, share in MIX:
        speed, _ = run([make(rng, i) for i in range(max(200, count * share // 500))])
        print(f"  {make.__name__:10} {speed:9,.0f} /s   ({share} % of the mix)")
    cases = [rng.choices(makers, weights)[0](rng, i) for i in range(count)]
    speed, verdicts = run(cases)
    print(f"each question new     {speed:9,.0f} gradings/s   {dict(sorted(verdicts.items()))}")
    again = [c for c in cases[: count // 8] for _ in range(8)]
    speed, _ = run(again)
    print(f"8 replies a question  {speed:9,.0f} gradings/s")


if __name__ == "__main__":
    main()
