"""The functions a circuit may have: their names in both languages, and which ones must not stand side by side."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple


class Function(NamedTuple):
    """One function: names, and the group its look-alikes are drawn from."""

    zh: str
    en: str
    group: str


FUNCTIONS = MappingProxyType({
    "voltage_divider": Function("分压电路", "voltage divider", "dc"),
    "current_divider": Function("分流电路", "current divider", "dc"),
    "wheatstone_bridge": Function("惠斯通电桥", "Wheatstone bridge", "dc"),
    "rc_low_pass": Function("RC低通滤波器", "RC low-pass filter", "filter"),
    "rc_high_pass": Function("RC高通滤波器", "RC high-pass filter", "filter"),
    "rl_low_pass": Function("RL低通滤波器", "RL low-pass filter", "filter"),
    "rl_high_pass": Function("RL高通滤波器", "RL high-pass filter", "filter"),
    "series_rlc": Function("RLC串联谐振电路", "series RLC resonant circuit", "filter"),
    "parallel_rlc": Function("RLC并联谐振电路", "parallel RLC resonant circuit", "filter"),
    "led_driver": Function("LED限流驱动电路", "LED driver with a series resistor", "power"),
    "zener_regulator": Function("稳压二极管稳压电路", "Zener regulator", "power"),
    "linear_regulator": Function("三端稳压器稳压电路", "three-terminal linear regulator circuit", "power"),
    "half_wave_rectifier": Function("半波整流电路", "half-wave rectifier", "power"),
    "full_wave_rectifier": Function("全波桥式整流电路", "full-wave bridge rectifier", "power"),
    "inverting_amplifier": Function("反相放大器", "inverting amplifier", "opamp"),
    "non_inverting_amplifier": Function("同相放大器", "non-inverting amplifier", "opamp"),
    "summing_amplifier": Function("反相求和放大器", "inverting summing amplifier", "opamp"),
    "difference_amplifier": Function("差分(减法)放大器", "difference amplifier", "opamp"),
    "buffer": Function("电压跟随器", "voltage follower (buffer)", "opamp"),
    "integrator": Function("积分器", "integrator", "opamp"),
    "differentiator": Function("微分器", "differentiator", "opamp"),
    "common_emitter": Function("共发射极放大器", "common-emitter amplifier", "transistor"),
    "mosfet_switch": Function("MOS管开关电路", "MOSFET switch", "transistor"),
    "combinational_logic": Function("组合逻辑电路", "combinational logic circuit", "logic"),
    # golden netlists
    "siso_amplifier": Function("单端输入单端输出放大器", "single-input, single-output amplifier", "ic"),
    "diso_amplifier": Function("差分输入单端输出放大器", "differential-input, single-output amplifier", "ic"),
    "dido_amplifier": Function("差分输入差分输出放大器", "differential-input, differential-output amplifier", "ic"),
    "bandgap": Function("带隙基准源", "bandgap reference for a voltage or current", "ic"),
    "ldo": Function("低压差线性稳压器(LDO)", "low-dropout (LDO) linear voltage regulator", "ic"),
    "comparator": Function("比较器", "comparator of two input voltages", "ic"),
})  # fmt: skip
"""Keys that are not here (`resistor_network`, `thevenin`, `norton`) are exercises, not functions: nobody asks."""

ALSO_TRUE: tuple[frozenset[str], ...] = tuple(map(frozenset, (
    ("rc_low_pass", "integrator"), ("rl_low_pass", "integrator"), ("rc_high_pass", "differentiator"),
    ("rl_high_pass", "differentiator"), ("buffer", "non_inverting_amplifier"),
    ("inverting_amplifier", "summing_amplifier"),
    ("linear_regulator", "zener_regulator"), ("linear_regulator", "ldo"), ("voltage_divider", "wheatstone_bridge"),
    ("comparator", "diso_amplifier"), ("comparator", "dido_amplifier"), ("comparator", "siso_amplifier"),
    ("inverting_amplifier", "integrator"), ("inverting_amplifier", "differentiator"),
    ("common_emitter", "inverting_amplifier"), ("common_emitter", "mosfet_switch"), ("voltage_divider", "led_driver"),
    ("series_rlc", "rc_low_pass"), ("series_rlc", "rl_high_pass"), ("voltage_divider", "current_divider"),
)))  # fmt: skip
"""Pairs that one circuit could both be called: never offered together."""


def may_stand_beside(a: str, b: str) -> bool:
    """Whether b is certainly wrong for a circuit that is a."""
    return a != b and frozenset((a, b)) not in ALSO_TRUE


def key_of_netlist_type(ckt_type: str) -> str:
    """`DISO-Amplifier` -> `diso_amplifier`; empty where the type has no entry."""
    key = ckt_type.strip().casefold().replace("-", "_").replace(" ", "_")
    return key if key in FUNCTIONS else ""
