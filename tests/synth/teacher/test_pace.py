"""The pace on a clock of its own: gate, rate after a 429, limits that are known."""

from __future__ import annotations

import pytest

from synth.teacher.pace import Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def sent_until(pace: Pace, clock: Clock, end: float) -> int:
    """Requests sent as fast as the pace lets them."""
    count = 0
    while clock.now < end:
        if wait := pace.delay():
            clock.now += max(wait, 1e-6)
        else:
            pace.sent(0)
            count += 1
    return count


def test_a_429_shuts_the_gate_and_sets_the_rate_under_what_was_taken() -> None:
    clock = Clock()
    pace = Pace(None, None, clock)
    times = [pace.sent(0) for _ in range(100)]
    clock.now += 0.5
    refused = [pace.sent(0) for _ in range(20)]
    for sent in refused:
        pace.turned_down(sent, 3.0)
    assert pace.delay() == pytest.approx(3.0)
    clock.now += 3.0
    assert len(times) == 100 and pace.delay() == 0
    assert pace.rate == pytest.approx(90)
    assert 90 * 5 <= sent_until(pace, clock, clock.now + 5) <= 100 * 5 + 6


def test_a_429_in_a_quiet_second_does_not_freeze_the_teacher() -> None:
    clock = Clock()
    pace = Pace(None, None, clock)
    pace.turned_down(pace.sent(0), 1.0)
    clock.now += 1.0
    assert sent_until(pace, clock, clock.now + 10) > 50


def test_guesses_grow_where_the_teacher_names_no_time() -> None:
    clock = Clock()
    pace = Pace(None, None, clock)
    waits = []
    for _ in range(4):
        pace.turned_down(pace.sent(0), None)
        waits.append(pace.delay())
        clock.now += waits[-1]
        clock.now += pace.delay()
    assert waits == pytest.approx([0.5, 1.0, 2.0, 4.0])


def test_known_limits_are_kept() -> None:
    clock = Clock()
    assert sent_until(Pace(600, None, clock), clock, clock.now + 10) == pytest.approx(100, abs=2)
    pace = Pace(None, 60_000, clock)
    count, end = 0, clock.now + 20
    while clock.now < end:
        if wait := pace.delay():
            clock.now += max(wait, 1e-6)
        else:
            pace.sent(2000)  # a guess; half of it is used
            pace.answered(2000, 1000)
            count += 1
    assert count == pytest.approx(20, abs=3)
