"""Gates against message width: what the command refuses, and its picture."""

import pytest

from model.errors import InputError
from synth import widths


def test_bad_widths_and_pictures_are_named(tmp_path):
    with pytest.raises(InputError, match="--widths 7: message widths are 2 to 6 bits"):
        widths.main(["--widths", "3", "7", "--out", str(tmp_path)])
    with pytest.raises(InputError, match="suffix '.txt' is none of"):
        widths.main(["--widths", "3", "--plot", "widths.txt", "--out", str(tmp_path)])
    assert not list(tmp_path.iterdir())


def test_picture_is_drawn(tmp_path):
    rows = [
        {"code": code, "message_bits": bits, "comb_per_edge": 10.0 * bits}
        for code in ("a", "b") for bits in (3, 4)
    ]  # fmt: skip
    widths.draw(tmp_path / "widths.png", rows)
    assert (tmp_path / "widths.png").stat().st_size > 1000
