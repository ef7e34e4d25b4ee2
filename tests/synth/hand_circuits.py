"""Circuits written by hand, small enough to solve on paper."""

from __future__ import annotations

from synth.circuits.netlist import Circuit, Component, Shown


def part(kind: str, ref: str, value: float | None, *nets: str, **params: float) -> Component:
    """A component with its nets in pin order."""
    from synth.circuits.netlist import KINDS

    return Component(kind, dict(zip(KINDS[kind].pins, nets, strict=True)), ref, value, params)


def r(ref: str, value: float, a: str, b: str) -> Component:
    return part("resistor", ref, value, a, b)


def c(ref: str, value: float, a: str, b: str) -> Component:
    return part("capacitor", ref, value, a, b)


def ind(ref: str, value: float, a: str, b: str) -> Component:
    return part("inductor", ref, value, a, b)


def v(ref: str, value: float, plus: str, minus: str = "0") -> Component:
    return part("voltage_source", ref, value, plus, minus)


def sine(ref: str, value: float, plus: str, minus: str = "0", freq: float = 1e3) -> Component:
    return part("ac_source", ref, value, plus, minus, freq=freq)


def opamp(ref: str, plus: str, minus: str, out: str) -> Component:
    return part("opamp", ref, None, plus, minus, out)


def circuit(*parts: Component, inputs: tuple[str, ...] = (), output: str = "", **labels: str) -> Circuit:
    """A circuit whose `labels` (net=label) are printed, with all refs and values and a ground symbol."""
    return Circuit("by-hand", parts, Shown(nets=labels | {"0": "GND"}), inputs=inputs, output=output)


def divider(v_in: float = 12.0, top: float = 1e3, bottom: float = 2e3) -> Circuit:
    """V1 over R1 and R2, the middle is `out`."""
    return circuit(
        v("V1", v_in, "in"), r("R1", top, "in", "out"), r("R2", bottom, "out", "0"),
        inputs=("in",), output="out", out="OUT",
    )  # fmt: skip


def bridge(r5: float = 500.0) -> Circuit:
    """Wheatstone bridge, unbalanced, with R5 between `a` and `b`."""
    return circuit(
        v("V1", 10.0, "top"), r("R1", 1e3, "top", "a"), r("R2", 2e3, "a", "0"), r("R3", 3e3, "top", "b"),
        r("R4", 1e3, "b", "0"), r("R5", r5, "a", "b"), a="a", b="b",
    )  # fmt: skip


def common_emitter(r_c: float = 2e3) -> Circuit:
    """NPN with a base divider and an emitter resistor."""
    return circuit(
        v("V1", 12.0, "vcc"), r("R1", 40e3, "vcc", "b"), r("R2", 10e3, "b", "0"), r("R3", r_c, "vcc", "c"),
        r("R4", 1e3, "e", "0"), part("npn", "Q1", 100.0, "b", "c", "e"), c="C", vcc="VCC",
    )  # fmt: skip


def ce_amplifier() -> Circuit:
    """Common emitter with coupling capacitors, emitter at signal ground."""
    return circuit(
        v("V1", 12.0, "vcc"), r("R1", 47e3, "vcc", "b"), r("R2", 10e3, "b", "0"), r("R3", 3e3, "vcc", "c"),
        r("R4", 1e3, "e", "0"), part("npn", "Q1", 80.0, "b", "c", "e"), c("C1", 1e-5, "in", "b"),
        c("C2", 1e-5, "c", "out"), c("C3", 1e-4, "e", "0"), r("R5", 6e3, "out", "0"),
        inputs=("in",), output="out", out="Uo", **{"in": "Ui"},
    )  # fmt: skip


def follower() -> Circuit:
    """The source alone is on ground."""
    return circuit(
        v("V1", 2.0, "in"),
        r("R1", 1e3, "in", "x"),
        opamp("U1", "x", "out", "out"),
        inputs=("in",),
        output="out",
        out="Uo",
    )


def integrator() -> Circuit:
    """-1/(jωRC), driven from a terminal."""
    return circuit(
        r("R1", 10e3, "in", "x"), c("C1", 1e-8, "x", "out"), opamp("U1", "0", "x", "out"),
        inputs=("in",), output="out", out="Uo", **{"in": "Ui"},
    )  # fmt: skip


def stepped_down() -> Circuit:
    """A 10:1 transformer, half-wave rectifier and smoothing capacitor."""
    return circuit(
        sine("V1", 100.0, "p", "n", freq=50.0), part("transformer", "T1", 10.0, "p", "n", "s", "0"),
        part("diode", "D1", 0.7, "s", "out"), c("C1", 1e-3, "out", "0"), r("R1", 1e3, "out", "0"), out="UL",
    )  # fmt: skip


def pnp_stage() -> Circuit:
    """PNP, emitter to the supply, base resistor to ground."""
    return circuit(
        v("V1", 5.0, "vcc"), r("R1", 430e3, "b", "0"), r("R2", 1e3, "c", "0"),
        part("pnp", "Q1", 200.0, "b", "c", "vcc"), c="C",
    )  # fmt: skip


def zener_regulator(r_load: float = 1e3) -> Circuit:
    """12 V through R1 into a 5.1 V zener and a load."""
    return circuit(
        v("V1", 12.0, "in"), r("R1", 330.0, "in", "out"), part("zener", "D1", 5.1, "0", "out"),
        r("R2", r_load, "out", "0"), out="OUT",
    )  # fmt: skip


def full_bridge(peak: float = 10.0) -> Circuit:
    """Bridge rectifier between a floating source and a load."""
    return circuit(
        sine("V1", peak, "p", "m", freq=50.0), part("diode", "D1", 0.7, "p", "out"),
        part("diode", "D2", 0.7, "m", "out"), part("diode", "D3", 0.7, "0", "p"), part("diode", "D4", 0.7, "0", "m"),
        r("R1", 1e3, "out", "0"), out="OUT",
    )  # fmt: skip


def mosfet_switch(v_gate: float) -> Circuit:
    """NMOS pulling a load to ground."""
    return circuit(
        v("V1", 12.0, "vdd"), v("V2", v_gate, "g"), r("R1", 1e3, "vdd", "d"),
        part("nmos", "M1", 2.0, "g", "d", "0", r_on=10.0), d="D",
    )  # fmt: skip


def inverting(r_1: float = 1e3, r_f: float = 10e3, v_in: float = 0.5) -> Circuit:
    """-R_f/R_1."""
    return circuit(
        v("V1", v_in, "in"), r("R1", r_1, "in", "x"), r("R2", r_f, "x", "out"), opamp("U1", "0", "x", "out"),
        inputs=("in",), output="out", out="Uo", **{"in": "Ui"},
    )  # fmt: skip


def non_inverting(r_1: float = 1e3, r_f: float = 9e3) -> Circuit:
    """1 + R_f/R_1, driven from a terminal."""
    return circuit(
        r("R1", r_1, "x", "0"), r("R2", r_f, "x", "out"), opamp("U1", "in", "x", "out"),
        inputs=("in",), output="out", out="Uo", **{"in": "Ui"},
    )  # fmt: skip


def rc_low_pass(ohms: float = 1e3, farads: float = 1e-7) -> Circuit:
    """R in series, C to ground, driven from a terminal."""
    return circuit(
        r("R1", ohms, "in", "out"), c("C1", farads, "out", "0"), inputs=("in",), output="out", out="Uo", **{"in": "Ui"}
    )


def rl_low_pass(ohms: float = 1e3, henries: float = 1e-2) -> Circuit:
    """L in series, R to ground, driven by a sine source."""
    return circuit(
        sine("V1", 5.0, "in", freq=10e3), ind("L1", henries, "in", "out"), r("R1", ohms, "out", "0"),
        inputs=("in",), output="out", out="Uo",
    )  # fmt: skip


def series_rlc(ohms: float = 100.0, henries: float = 1e-3, farads: float = 1e-8) -> Circuit:
    """All in one loop, output over R."""
    return circuit(
        sine("V1", 1.0, "in", freq=50e3), ind("L1", henries, "in", "x"), c("C1", farads, "x", "out"),
        r("R1", ohms, "out", "0"), inputs=("in",), output="out", out="Uo",
    )  # fmt: skip


def parallel_rlc(ohms: float = 10e3, henries: float = 1e-3, farads: float = 1e-8) -> Circuit:
    """A tank behind a resistor."""
    return circuit(
        sine("V1", 1.0, "in", freq=50e3), r("R1", ohms, "in", "out"), ind("L1", henries, "out", "0"),
        c("C1", farads, "out", "0"), inputs=("in",), output="out", out="Uo",
    )  # fmt: skip


def regulator() -> Circuit:
    """12 V down to 5 V over a load."""
    return circuit(
        v("V1", 12.0, "in"), part("regulator", "U1", 5.0, "in", "0", "out"), r("R1", 100.0, "out", "0"), out="OUT"
    )


def controlled(kind: str, gain: float) -> Circuit:
    """1 V over 1 kΩ senses 1 V or 1 mA, the controlled source feeds 2 kΩ."""
    if kind in ("cccs", "ccvs"):
        sensing = (r("R1", 1e3, "in", "s"), part(kind, "X1", gain, "out", "0", "s", "0"))
    else:
        sensing = (r("R1", 1e3, "in", "0"), part(kind, "X1", gain, "out", "0", "in", "0"))
    return circuit(v("V1", 1.0, "in"), *sensing, r("R2", 2e3, "out", "0"), out="OUT")


def xor_of_nands() -> Circuit:
    """Four NANDs that make an exclusive or."""
    return circuit(
        part("nand_gate", "U1", None, "a", "b", "m"), part("nand_gate", "U2", None, "a", "m", "x"),
        part("nand_gate", "U3", None, "m", "b", "y"), part("nand_gate", "U4", None, "x", "y", "f"),
        inputs=("a", "b"), output="f", a="A", b="B", f="Y",
    )  # fmt: skip


def majority() -> Circuit:
    """At least two of three inputs."""
    return circuit(
        part("and_gate", "U1", None, "a", "b", "x"), part("or_gate", "U2", None, "a", "b", "y"),
        part("and_gate", "U3", None, "y", "c", "z"), part("or_gate", "U4", None, "x", "z", "f"),
        inputs=("a", "b", "c"), output="f", a="A", b="B", c="C", f="Y",
    )  # fmt: skip


ALL = {
    "divider": divider(), "bridge": bridge(), "common_emitter": common_emitter(), "saturated": common_emitter(12e3),
    "pnp": pnp_stage(), "zener": zener_regulator(), "zener_idle": zener_regulator(100.0),
    "bridge_rectifier": full_bridge(),
    "mosfet_on": mosfet_switch(5.0), "mosfet_off": mosfet_switch(1.0), "inverting": inverting(),
    "non_inverting": non_inverting(), "rc": rc_low_pass(), "rl": rl_low_pass(), "series_rlc": series_rlc(),
    "parallel_rlc": parallel_rlc(), "regulator": regulator(),
    "ce": ce_amplifier(), "integrator": integrator(), "transformer": stepped_down(),
    "vcvs": controlled("vcvs", 3.0),
    "vccs": controlled("vccs", 2e-3), "cccs": controlled("cccs", 4.0), "ccvs": controlled("ccvs", 5e3),
}  # fmt: skip
