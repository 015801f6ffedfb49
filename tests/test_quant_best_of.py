"""Decoders side by side: golden against a plain reading, C against golden, the draw, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from small_best import small_best, unlike
from small_specs import flooding_spec, small_spec

from model.errors import InputError
from quant import golden as decoders
from quant import kinds
from quant.best_of import command
from quant.best_of.cmodel import BestOfModel
from quant.best_of.draw import best_members, pruned, variant, widened
from quant.best_of.golden import choice, decode, decode_and_choose
from quant.best_of.monte_carlo import BestOfComparer, BestOfMonteCarlo
from quant.comparison import compared
from quant.min_sum.failures import unverified_frames
from quant.number_forms import odd_sums
from quant.spec import Channel, Maps

ODD = Channel(4, 0.5, "mid_rise", 0)
SPECS = {
    "layered": small_best(),
    "flooding": small_best(2, flooding_spec(z=6, iterations=4)),
    "punctured": small_best(4, small_spec(z=6, partial=True, ties=True)),
    "full iterations": small_best(2, small_spec(z=6, early_stop=False)),
    "unlike": unlike(),
}


def seen(spec, frames: int, ebn0_db: float) -> np.ndarray:
    """Channel codes of random words."""
    part = BestOfMonteCarlo(spec)
    _, llr = part.frames(part.link(), ebn0_db, 7, 0, frames)
    return decoders.quantise_llr(spec.first, llr)


@pytest.mark.parametrize("name", SPECS)
def test_golden_and_c_do_what_the_spec_says(name):
    spec = SPECS[name]
    codes = seen(spec, 400, 1.5)
    due, member = decode_and_choose(spec, codes)
    alone = [decoders.decode(each, codes) for each in spec.members]
    for frame in range(400):
        # Verified before unverified, then the fewest odd checks, then the order of the members.
        order = [(not answer.decoded[frame], 0 if answer.decoded[frame]
                  else answer.unsatisfied[frame], i) for i, answer in enumerate(alone)]  # fmt: skip
        best = alone[min(order)[2]]
        assert member[frame] == min(order)[2]
        assert (due.bits[frame] == best.bits[frame]).all()
        assert due.decoded[frame] == best.decoded[frame]
        assert due.iterations[frame] == best.iterations[frame]
    assert set(member.tolist()) == set(range(len(spec.members)))
    model = BestOfModel(spec, every_width=True)
    for size in model.vector_sizes:
        model.use_vector_bytes(size)
        assert not model.decode(codes).differs(due).any()
    model.use_vector_bytes(0)


def test_an_unverified_answer_without_odd_checks_loses():
    def answer(decoded, unsatisfied):
        return decoders.Decoded(
            np.zeros((3, 1), np.uint8), np.array(decoded), np.ones(3, np.uint8),
            unsatisfied=np.array(unsatisfied),
        )  # fmt: skip

    answers = [answer([False] * 3, [0, 2, 1]), answer([True, False, False], [0, 2, 0])]
    assert choice(answers).tolist() == [1, 0, 1]


def test_c_equals_golden_in_units():
    result = compared(BestOfComparer(SPECS["layered"]), 800, 3)
    assert (result.frames, result.different) == (800, 0)


def test_hash_and_file(tmp_path):
    spec = SPECS["layered"]
    members = tuple(each.renamed(f"m{i}") for i, each in enumerate(spec.members))
    renamed = replace(spec, name="other", members=members, provenance={"a": "b"})
    assert renamed.sha == spec.sha
    assert kinds.load(spec.save(tmp_path / "s.json")) == spec
    assert replace(spec, members=spec.members[::-1]).sha != spec.sha


def test_a_variant_has_other_numbers_and_the_same_code():
    spec = small_spec(z=6)
    drawn = variant(spec, np.random.default_rng(2))
    assert drawn.code == spec.code and drawn.channel == spec.channel
    assert sorted(drawn.layer_order) == sorted(spec.layer_order)
    assert len(set(drawn.maps.index)) == 1
    assert {entry for row in drawn.maps.index for entry in row} == set(
        range(len(drawn.maps.codebook))
    )


def test_codebooks_of_few_entries_get_weaker_ones():
    odd = widened(Maps(((1, 3, 9, 9),), ((0,),))).codebook
    assert odd == ((1, 3, 9, 9), (1, 3, 7, 7), (1, 1, 5, 5))
    even = widened(Maps(((0, 4, 10, 20),), ((0,),))).codebook
    assert even[1:] == ((0, 4, 8, 16), (0, 2, 6, 12))
    assert widened(Maps(((0, 5, 10, 20),), ((0,),))).codebook[1] == (0, 4, 8, 16)
    many = tuple((i, i + 1, i + 2, i + 3) for i in range(4))
    assert widened(Maps(many, ((0,),))).codebook == many
    assert pruned(Maps(many, ((2, 0), (2, 2)))) == Maps((many[0], many[2]), ((1, 0), (1, 1)))


def test_levels_that_are_all_even_stay_even():
    """Then all sums are odd: hardware and C keep half of them."""
    spec = small_spec(z=6, even=True, app_bits=9, channel=ODD)
    assert odd_sums(spec)
    rng = np.random.default_rng(3)
    assert all(odd_sums(variant(spec, rng)) for _ in range(4))


def test_what_verifies_nothing_more_is_no_member():
    spec = small_spec(z=6)
    codes = np.zeros((5, spec.n), np.int8)
    codes[:, ::2] = -1  # no candidate finds a word in so little
    with pytest.raises(InputError, match="of 2 candidates 0 verify frames that others leave, 1"):
        best_members(spec, 2, 2, codes, 1)


def test_members_are_those_that_verify_most():
    spec = small_spec(z=6)
    codes, sent = unverified_frames(spec, 1.5, 300, 3)
    assert codes.shape == (300, spec.n) and sent >= 300
    assert not decoders.decode(spec, codes).decoded.any()
    members, left = best_members(spec, 3, 4, codes, 3)
    assert members[0] == spec and left[0] == 300 > left[1] >= left[2]
    best = replace(SPECS["layered"], members=tuple(members))
    assert (~decode(best, codes).decoded).sum() == left[-1]


def test_a_spec_by_command(tmp_path, capsys):
    first = small_spec(z=6).save(tmp_path / "first.json")
    argv = ["--spec", str(first), "--out", str(tmp_path / "s.json")]
    drawn = ["--ebn0", "1.5", "--members", "3", "--candidates", "3", "--failures", "100"]
    assert command.main([*argv, *drawn, "--iterations", "4"]) == 0
    assert "the best of 3 side by side" in capsys.readouterr().out
    made = kinds.load(tmp_path / "s.json")
    assert {member.iterations for member in made.members} == {4}
    assert made.provenance["best_of"]["left"][0] == 100
    other = made.members[1].save(tmp_path / "other.json")
    again = [*argv[:-1], str(tmp_path / "t.json"), "--with", str(other), "--name", "pair"]
    assert command.main([*again, "--iterations", "7"]) == 0
    pair = kinds.load(tmp_path / "t.json")
    assert (pair.name, {member.iterations for member in pair.members}) == ("pair", {7})


OTHER = small_spec(z=4)
REFUSED = {
    r"members\[2\] is the same decoder as members\[0\]": (
        small_spec(z=6), SPECS["layered"].members[1], small_spec(z=6)
    ),
    "members: entries is 1, must be a whole number from 2 to 8": (small_spec(z=6),),
    r"members\[1\] has another code": (small_spec(z=6), OTHER),
    r"members\[1\] has another schedule": (small_spec(z=6), flooding_spec(z=6)),
    r"members\[2\] has another channel quantiser": (
        *SPECS["layered"].members[:2], small_spec(z=6, rise="mid_tread")
    ),
    r"members\[1\] is of kind 'best_of', must be a min-sum decoder": (
        small_spec(z=6), SPECS["layered"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", REFUSED)
def test_refused(reason):
    with pytest.raises(InputError, match=reason):
        replace(SPECS["layered"], members=REFUSED[reason])


def test_refused_on_the_command_line(tmp_path):
    first = small_spec(z=6).save(tmp_path / "first.json")
    argv = ["--spec", str(first), "--out", str(tmp_path / "s.json")]
    for more, reason in (
        ([], "--ebn0 is needed to choose members, or --with names them"),
        (["--ebn0", "2", "--members", "9"], "--members is 9, must be"),
        (["--ebn0", "2", "--candidates", "3"], "--candidates is 3, must be"),
        (["--ebn0", "nan"], "nan"),
        (["--ebn0", "2", "--iterations", "0"], "--iterations is 0, must be"),
        (["--with", str(first), "--candidates", "3"], "--candidates 3: nothing is drawn"),
        (["--name", "a b"], "--name 'a b' is not a Verilog identifier"),
        (["--spec", "qc_ldpc_retry"], "qc_ldpc_retry has 3 retries, must have none"),
        (["--with", "mimo_precoder"], r"members\[1\] is of kind 'c2po_precoder'"),
    ):
        with pytest.raises(InputError, match=reason):
            command.main([*argv, *more])
    assert not (tmp_path / "s.json").exists()
