"""How well near-duplicate questions are told from different ones on pairs written by hand, and from what threshold.

Run as: python benchmarks/twins.py      (with rapidfuzz installed, its ratios are shown beside ours)
"""

from __future__ import annotations

from synth.checks import twins
from synth.checks.twins import bigrams, similarity, squeezed

SAME = [
    ("图中有几个电阻?", "该电路中共有多少个电阻?"),
    ("图中R1的阻值是多少?", "请问R1的阻值为多少?"),
    ("图中R1的阻值为______。", "根据电路图,R1的阻值是______。"),
    ("R1与R2的连接方式是?", "图中R1和R2的连接方式是什么?"),
    ("U1的同相输入端接在哪个节点?", "运放U1的同相输入端连接到哪个节点?"),
    ("该电路的功能是?", "图示电路的功能是什么?"),
    ("该电路的主要功能是什么?", "该电路的功能是什么?"),
    ("该RC低通滤波器的截止频率约为______Hz。", "请计算该RC低通滤波器的截止频率:______Hz。"),
    ("电容C1的作用是?", "电路中电容C1起什么作用?"),
    ("图中是否有电感?", "该电路图中是否存在电感?"),
    ("下列哪个元件在图中不存在?", "以下哪个元件不存在于图中?"),
    ("How many resistors are in the circuit?", "How many resistors are shown in this circuit?"),
    ("What is the value of R1?", "What is the resistance value of R1?"),
    ("What is the function of this circuit?", "What is the main function of the circuit shown?"),
    ("Which component is not present in the picture?", "Which component is not present in this circuit?"),
    ("The cutoff frequency is about ______ Hz.", "The cutoff frequency of the circuit is approximately ______ Hz."),
    ("To which node is the + input of U1 connected?", "The + input of U1 is connected to which node?"),
    ("What is the voltage gain of the amplifier?", "Calculate the voltage gain of this amplifier."),
    ("What type of filter is this circuit?", "What type of filter is shown in the figure?"),
    ("Are R1 and R2 in series or parallel?", "Are resistors R1 and R2 in series or in parallel?"),
]  # fmt: skip
OTHER = [
    ("图中R1的阻值是多少?", "图中R2的阻值是多少?"),
    ("图中有几个电阻?", "图中有几个电容?"),
    ("图中有几个电阻?", "图中有几个电感?"),
    ("U1的同相输入端接在哪个节点?", "U1的反相输入端接在哪个节点?"),
    ("U1的输出端接在哪个节点?", "U1的输入端接在哪个节点?"),
    ("下列哪个元件在图中存在?", "下列哪个元件在图中不存在?"),
    ("电容C1的作用是?", "电容C1的容值是?"),
    ("流过R1的电流是多少?", "R1两端的电压是多少?"),
    ("该电路的功能是?", "该电路的增益是?"),
    ("总电阻为______Ω。", "总电流为______A。"),
    ("Q1的集电极接到哪里?", "Q1的发射极接到哪里?"),
    ("Q1的基极接到哪个节点?", "Q1的集电极接到哪个节点?"),
    ("若R1变为2 kΩ,增益为多少?", "若R1变为3 kΩ,增益为多少?"),
    ("若R1增大,输出电压如何变化?", "若R1减小,输出电压如何变化?"),
    ("该电路是高通还是低通?", "该电路的截止频率是多少?"),
    ("图中阻值最大的电阻是?", "图中阻值最小的电阻是?"),
    ("与R1串联的元件是?", "与R1并联的元件是?"),
    ("How many resistors are in the circuit?", "How many capacitors are in the circuit?"),
    ("What is the value of R1?", "What is the value of C1?"),
    ("What is the collector of Q1 connected to?", "What is the emitter of Q1 connected to?"),
    ("Which node is the inverting input on?", "Which node is the non-inverting input on?"),
    ("What is the current through R1?", "What is the voltage across R1?"),
    ("What happens to the gain if R1 increases?", "What happens to the gain if R1 decreases?"),
    ("Which component is present?", "Which component is not present?"),
    ("What is the input voltage?", "What is the output voltage?"),
    ("What is the maximum output voltage?", "What is the minimum output voltage?"),
    ("What is the lower cutoff frequency?", "What is the upper cutoff frequency?"),
    ("Is Q1 an NPN transistor?", "Is Q1 a PNP transistor?"),
    ("What is in series with R1?", "What is in parallel with R1?"),
    ("What is the role of D1?", "What type of diode is D1?"),
]  # fmt: skip


def main() -> None:
    print("threshold  found of same  false of other   (bigrams, and names, numbers and opposites compared exactly)")
    for hundredths in range(40, 95, 5):
        twins.THRESHOLD = hundredths / 100
        found = [pair for pair in SAME if asks_the_same(*pair)]
        false = [pair for pair in OTHER if asks_the_same(*pair)]
        print(f"{hundredths / 100:.2f}       {len(found):2} of {len(SAME)}       {len(false):2} of {len(OTHER)}")
    alone("bigrams alone", lambda a, b: similarity(bigrams(squeezed(a)), bigrams(squeezed(b))))
    try:
        from rapidfuzz import fuzz  # type: ignore[import-not-found]
    except ImportError:
        return
    alone("rapidfuzz ratio", lambda a, b: fuzz.ratio(squeezed(a), squeezed(b)) / 100)
    alone("rapidfuzz token_sort_ratio", lambda a, b: fuzz.token_sort_ratio(a, b) / 100)


def asks_the_same(a: str, b: str) -> bool:
    """What `synth check` would say of the two on one picture."""
    return twins.same_question(a, b)


def alone(name: str, measure: object) -> None:
    """The best a bare similarity does: most pairs right at any threshold."""
    assert callable(measure)
    same, other = [measure(*p) for p in SAME], [measure(*p) for p in OTHER]
    best = max((x / 100 for x in range(30, 100)), key=lambda t: sum(s >= t for s in same) + sum(o < t for o in other))
    print(f"{name}: at {best:.2f} {sum(s >= best for s in same)} of {len(same)} found, "
          f"{sum(o >= best for o in other)} of {len(other)} false")  # fmt: skip


if __name__ == "__main__":
    main()
