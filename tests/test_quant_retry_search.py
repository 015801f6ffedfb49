"""Which maps retries have: frames that fail, candidates, the command."""

from dataclasses import replace

import numpy as np
import pytest
from small_specs import small_spec

from model.errors import InputError
from quant import golden, kinds, retry_command
from quant.min_sum.failures import unverified_frames, wrong_frames
from quant.retries import Retry, try_of
from quant.retry_lists import drawn_maps
from quant.retry_search import Failures, chosen_maps

SPEC = small_spec(8)


def points(*counts: int) -> list[Failures]:
    return [Failures(db, *wrong_frames(SPEC, db, count, 3)) for db, count in
            zip((1.0, 2.0), counts, strict=True)]  # fmt: skip


def left_by(retries, at: Failures) -> int:
    spec = replace(SPEC, retries=tuple(retries))
    found = golden.decode(spec, at.codes)
    same = (found.bits == at.words)[:, SPEC.information_positions].all(axis=1)
    return int((~(found.decoded & same)).sum())


def test_frames_that_fail_are_the_first_ones():
    codes, sent = unverified_frames(SPEC, 1.0, 40, 3)
    assert codes.shape == (40, SPEC.n) and sent >= 40
    assert not golden.decode(SPEC, codes).decoded.any()
    fewer, _ = unverified_frames(SPEC, 1.0, 25, 3)
    assert np.array_equal(fewer, codes[:25])
    some, sent = unverified_frames(SPEC, 1.0, 1000, 3, most=500, fewest=1)
    assert sent == 500 and np.array_equal(some[:40], codes[: len(some)][:40])
    with pytest.raises(InputError, match="frames fail at 1 dB, 1000 are needed"):
        unverified_frames(SPEC, 1.0, 1000, 3, most=500)


def test_wrong_frames_are_those_with_a_wrong_information_bit():
    codes, words, sent = wrong_frames(SPEC, 1.0, 30, 3)
    found = golden.decode(SPEC, codes)
    wrong = (found.bits != words)[:, SPEC.information_positions].any(axis=1)
    assert not found.decoded.any() and wrong.all() and words.shape == (30, SPEC.n_variables)
    every, _ = unverified_frames(SPEC, 1.0, 1000, 3, most=sent, fewest=1)
    assert {each.tobytes() for each in codes} < {each.tobytes() for each in every}


def test_chosen_maps_leave_no_more_than_any_list_that_differs_in_one():
    at = points(120, 60)
    rows = drawn_maps(SPEC, 5, 1)
    asked = [Retry(6, map_index=rows[:1]), Retry(8), Retry(6, (2, 0, 3, 1), map_index=rows[1:2])]
    found, behind, as_drawn = chosen_maps(SPEC, asked, rows, at)
    assert [r.iterations for r in found] == [6, 8, 6] and found[1] == asked[1]
    assert found[2].layer_order == (2, 0, 3, 1)
    for number, counts in enumerate(behind):
        due = [left_by(found[:number], each) if number else len(each.codes) for each in at]
        assert counts == due
    drawn = [replace(r, map_index=(rows[n],)) if r.map_index else r for n, r in enumerate(asked)]
    assert as_drawn == [left_by(drawn, each) for each in at]

    def cost(retries) -> float:
        return sum(np.log1p(left_by(retries, each)) for each in at)

    least = cost(found)
    assert least <= cost(drawn)
    for place in (0, 2):
        for row in rows:
            other = [*found]
            other[place] = replace(found[place], map_index=(row,))
            assert cost(other) >= least - 1e-9


def test_command_chooses(tmp_path, capsys):
    first = SPEC.save(tmp_path / "first.json")
    out = tmp_path / "again.json"
    argv = ["--spec", str(first), "--retry", "6:maps", "--retry", "6:maps", "--out", str(out)]
    chosen = ["--candidates", "4", "--ebn0", "1.0", "2.0", "--failures", "50", "--seed", "3"]
    assert retry_command.main([*argv, *chosen]) == 0
    said = capsys.readouterr().out
    spec = kinds.load(out)
    made = spec.provenance["retries"]
    assert made["from"] == SPEC.sha and made["left"][0] == [50, 50]
    assert f"  1 dB     50 {made['left'][1][0]:6} {made['left'][2][0]:6}  of " in said
    at = Failures(2.0, *wrong_frames(SPEC, 2.0, 50, 4))
    assert left_by(spec.retries, at) == made["left"][2][1]
    result = golden.decode(spec, at.codes)
    assert set(np.atleast_1d(try_of(spec, result.decoded, result.iterations))) <= {0, 1, 2}


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--candidates", "0", "--ebn0", "1"], "--candidates is 0, must be a whole number from 1"),
        (["--candidates", "4"], "--ebn0 is needed to choose maps of --candidates"),
        (["--ebn0", "1"], "--ebn0: nothing is chosen without --candidates"),
        (["--candidates", "4", "--ebn0", "9", "--frames", "100"], "0 of 100 frames fail at 9 dB"),
    ],
)
def test_bad_choices(tmp_path, options, fault):
    first = SPEC.save(tmp_path / "first.json")
    argv = ["--spec", str(first), "--retry", "6:maps", "--out", str(tmp_path / "x.json")]
    with pytest.raises(InputError) as error:
        retry_command.main([*argv, *options])
    assert fault in str(error.value)
    with pytest.raises(InputError, match="--candidates: no --retry has maps"):
        plain = ["--spec", str(first), "--retry", "6:reversed", "--out", str(tmp_path / "x.json")]
        retry_command.main([*plain, "--candidates", "4", "--ebn0", "1"])
    assert not (tmp_path / "x.json").exists()
