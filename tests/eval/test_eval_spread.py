"""The rows of a limit: as many as asked for, in order, far apart, and among those of every larger limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eval.rows import spread
from qa.formats.asked import Asked

ROWS = [Asked.model_construct(id=str(n)) for n in range(357)]


@given(st.integers(1, 400), st.integers(1, 400))
def test_a_smaller_limit_is_part_of_a_larger(few: int, many: int) -> None:
    few, many = sorted((few, many))
    one, other = ([int(r.id) for r in spread(ROWS, n)] for n in (few, many))
    assert len(one) == min(few, len(ROWS)) and one == sorted(set(one))
    assert set(one) <= set(other)


@given(st.integers(10, 357))
def test_no_part_of_the_rows_is_left_out(limit: int) -> None:
    taken = [int(r.id) for r in spread(ROWS, limit)]
    gaps = [b - a for a, b in zip([-1, *taken], [*taken, len(ROWS)], strict=True)]
    assert max(gaps) <= 3 * len(ROWS) / limit


def test_no_limit_is_all_and_a_fraction_a_share() -> None:
    assert spread(ROWS, None) == ROWS and len(spread(ROWS, 0.1)) == 35
