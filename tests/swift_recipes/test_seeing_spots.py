"""Letters at the spots of cells: where they are looked for, and that they can be learnt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

NUMBERS = {c: i for i, c in enumerate("R128.kΩV", start=1)}


@given(st.text("R128.kΩ 图iM", max_size=9), st.floats(0, 50), st.floats(0, 50), st.floats(1, 90), st.floats(1, 20))
def test_letters_stand_in_order_inside_their_line(line: str, x: float, y: float, wide: float, high: float) -> None:
    from swift_recipes.seeing.spots import centres

    found = list(centres({"line": line, "box": [x, y, x + wide, y + high]}))
    assert "".join(c for c, _, _ in found) == line.replace(" ", "")
    assert all(x <= at <= x + wide and y <= row <= y + high for _, at, row in found)
    assert [at for _, at, _ in found] == sorted(at for _, at, _ in found)


def test_a_broad_letter_takes_the_room_of_two_narrow_ones() -> None:
    from swift_recipes.seeing.spots import centres

    (_, point, _), (_, seven, _) = centres({"line": ".7", "box": [0, 0, 31, 10]})
    assert point < 31 / 4 and seven > 31 / 2


def test_a_letter_is_asked_at_the_spot_where_it_is_printed() -> None:
    from swift_recipes.seeing.spots import SPOTS, WIDE, Spots

    spots = Spots(8, NUMBERS)
    # two lines across the border of two cells: 7 pixels a letter, the second line 10 pixels lower
    texts = [{"line": "R1", "box": [21, 0, 35, 9]}, {"line": "8k", "box": [21, 10, 35, 18]}]
    found = spots.targets(texts, high=1, wide=2)
    assert found.shape == (2, SPOTS)
    left, right = ([int(n) for n in cell] for cell in found)
    assert left[WIDE - 1] == NUMBERS["R"] and left[2 * WIDE - 1] == NUMBERS["8"]
    assert right[0] == NUMBERS["1"] and right[WIDE] == NUMBERS["k"]
    assert sum(n > 0 for n in left + right) == 4
    assert not spots.targets([{"line": "V", "box": [500, 500, 510, 510]}], 1, 2).any()


def test_spots_are_learnt_where_letters_are() -> None:
    from swift_recipes.seeing.spots import Spots

    torch.manual_seed(0)
    spots = Spots(16, NUMBERS)
    seen = torch.randn(6, 16)
    wanted = spots.targets([{"line": "R12.8kV", "box": [0, 0, 49, 9]}], high=2, wide=3)
    optimizer = torch.optim.Adam(spots.parameters(), lr=0.05)
    for _ in range(60):
        loss, right = spots.loss(seen, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert right == 1.0 and float(loss.detach()) < 0.2
    assert spots.loss(seen, torch.zeros_like(wanted))[1] == 0.0
