"""Sets of codes: control words, spec and names, golden against plain code, C against golden."""

from dataclasses import replace

import numpy as np
import pytest
from small_precoders import small_precoder
from small_sets import mixed_set
from small_specs import flooding_spec, small_graph, small_spec

from model import families
from model.errors import InputError
from quant import golden as decoders
from quant import kinds, sources
from quant.code_set.cmodel import CodeSetModel
from quant.code_set.comparison import CodeSetComparer
from quant.code_set.control import Control, Status, control_fields, status_fields
from quant.code_set.golden import decode
from quant.code_set.spec import CodeSetSpec
from quant.code_set.traffic import random_controls
from quant.comparison import compared
from quant.golden import layered
from quant.spec import Relaxation, Spec


def relaxed(spec: Spec) -> Spec:
    return replace(spec, relaxation=Relaxation(2, 2))


# --- control and status ---------------------------------------------------------------------------

# PG256, LDPC other than 5G NR: field to highest and lowest bit.
CONTROL = {"id": (31, 24), "max_iterations": (23, 18), "stop_on_no_change": (17, 17),
           "stop_on_pass": (16, 16), "all_bits": (15, 15), "hard": (14, 14), "code": (6, 0)}
STATUS = {"id": (31, 24), "iterations": (23, 18), "stopped_on_no_change": (17, 17),
          "stopped_on_pass": (16, 16), "passed": (15, 15), "hard": (14, 14), "dropped": (13, 13),
          "code": (6, 0)}  # fmt: skip


@pytest.mark.parametrize("kind, places, fields", [
    (Control, CONTROL, control_fields), (Status, STATUS, status_fields),
])  # fmt: skip
def test_words_have_the_places_of_the_guide(kind, places, fields):
    assert fields() == {name: (low, high - low + 1) for name, (high, low) in places.items()}
    rng = np.random.default_rng(1)
    for word in [0, 2**32 - 1, *rng.integers(0, 2**32, 200).tolist()]:
        found = kind.from_word(word)
        for name, (high, low) in places.items():
            assert getattr(found, name) == word >> low & (1 << high - low + 1) - 1, name
        meant = sum((1 << high + 1) - (1 << low) for high, low in places.values())
        assert found.word() == word & meant


@pytest.mark.parametrize("fields, reason", [
    ({"code": 128}, "code is 128, must be a whole number from 0 to 127"),
    ({"code": 0, "max_iterations": 64}, "max_iterations is 64"),
    ({"code": 0, "id": -1}, "id is -1"), ({"code": True}, "code is True"),
    ({"code": 0, "hard": 1}, "hard is 1, must be true or false"),
])  # fmt: skip
def test_fields_out_of_range(fields, reason):
    with pytest.raises(InputError, match=reason):
        Control(**fields)


def test_validity():
    assert Control(3, max_iterations=1).valid(4) and Control(3, max_iterations=63).valid(4)
    assert not Control(4).valid(4) and not Control(3, max_iterations=0).valid(4)
    with pytest.raises(InputError, match="word is 4294967296"):
        Control.from_word(2**32)


# --- the spec -------------------------------------------------------------------------------------


def test_hash_and_file(tmp_path):
    spec = mixed_set()
    assert kinds.load(spec.save(tmp_path / "s.json")) == spec
    renamed = tuple(member.renamed("x") for member in spec.members)
    assert replace(spec, name="other", members=renamed, provenance={"a": "b"}).sha == spec.sha
    assert replace(spec, members=spec.members[::-1]).sha != spec.sha
    assert [member.iterations for member in spec.longest] == [63] * 3
    assert spec.longest[0].maps.index[62] == spec.members[0].maps.index[-1]
    assert spec.member(1).code.name == "small_z9"
    with pytest.raises(InputError, match="code is 3, tiny_set has 0 to 2"):
        spec.member(3)


def other(**changes):
    """A member of another code than the first one's."""
    return small_spec(6, graph=replace(small_graph(6, rows=3), name="other"), ties=True, **changes)


REFUSED = {
    r"members\[1\] is of kind 'c2po_precoder', must be a layered": small_precoder,
    r"members\[1\] \(small_z3\) has flooding, must be layered: flooding needs two passes":
        lambda: flooding_spec(z=3),
    r"members\[1\] \(other\): early_stop is false": lambda: other(early_stop=False),
    r"members\[1\] \(other\): iterations is 64, must be a whole number from 1 to 63":
        lambda: other(iterations=64),
    r"members\[1\] \(small_z6\) is the code of members\[0\] too": lambda: small_spec(6, ties=True),
    r"members\[1\] \(other\): app_bits must be as of members\[0\] \(small_z6\): 8 is not 7":
        lambda: other(app_bits=8),
    r"members\[1\] \(other\): message_bits must be": lambda: other(message_bits=4),
    r"members\[1\] \(other\): thresholds must be": lambda: other(thresholds=(1, 9, 18)),
    r"members\[1\] \(other\): maps.codebook must be": lambda: other(even=True),
    r"members\[1\] \(other\): channel, but for lsb_llr, must be": lambda: other(rise="mid_tread"),
    r"members\[1\] \(other\): relaxation must be": lambda: relaxed(other()),
}  # fmt: skip


@pytest.mark.parametrize("reason", REFUSED)
def test_members_that_no_decoder_can_have_together(reason):
    first = small_spec(6, ties=True)
    with pytest.raises(InputError, match=reason) as caught:
        CodeSetSpec("both", (first, REFUSED[reason]()))
    assert "\n" not in str(caught.value)


def test_number_of_members():
    with pytest.raises(InputError, match="members: entries is 0, must be a whole number from 1"):
        CodeSetSpec("none", ())


# --- names ----------------------------------------------------------------------------------------


def test_what_code_may_say(tmp_path):
    group = sources.spec_for("wifi_1296")
    listed = sources.spec_for("wifi_1296_r12,wifi_1296_r23,qc_ldpc,wifi_1296_r56")
    assert group == listed and group.name == group.made_for == "wifi_1296"
    assert group.codes == tuple(f"wifi_1296_r{rate}" for rate in (12, 23, 34, 56))
    assert group.members[0] == sources.spec_for("wifi_1296_r12")
    assert len({member.channel.lsb_llr for member in group.members}) == 4
    place = group.save(tmp_path / "s.json")
    assert sources.spec_for("wifi_1296", str(place)) == sources.spec_for(str(place)) == group
    assert sources.family_named(["--code", "wifi_1296"]).name == "code_set"
    assert sources.family_named(["--code", "wifi_1296_r12"]).name == "min_sum"
    part = sources.spec_for("wifi_648_r12,wifi_1944_r34")
    assert part.made_for == "wifi_648_r12,wifi_1944_r34" and part.name == "wifi_set"
    # The preset of that name has an alphabet of its own.
    assert part.members[0].app_bits == 7 != sources.spec_for("wifi_648_r12").app_bits
    assert len(sources.spec_for("wifi").members) == 12


def test_files_in_a_list(tmp_path):
    places = [str(member.save(tmp_path / f"{number}.json"))
              for number, member in enumerate(mixed_set().members)]  # fmt: skip
    assert sources.spec_for(",".join(places)).sha == mixed_set().sha
    with pytest.raises(InputError, match=r"members\[1\] \(wifi_1296_r12\): .* must be as of"):
        sources.spec_for(f"{places[0]},wifi_1296_r12")


@pytest.mark.parametrize("code, reason", [
    ("wifi_1296_r12,", "--code wifi_1296_r12,: place 1 of the list is empty"),
    ("wifi_1296,wifi_1296_r12", r"members\[4\] \(wifi_1296_r12\) is the code of members\[0\] too"),
    ("wifi_1296_r12,nope", "no code is named 'nope'"),
    ("wifi_1296_r12,mimo_precoder", r"members\[1\] is of kind 'c2po_precoder'"),
    ("wifi_12", "no code is named 'wifi_12'"),
])  # fmt: skip
def test_lists_that_name_no_set(code, reason):
    with pytest.raises(InputError, match=reason):
        sources.spec_for(code)


def test_architectures_of_a_set(tmp_path):
    assert sources.spec_for("wifi_1296", architecture="layered").kind == "code_set"
    with pytest.raises(InputError, match="--architecture direct: wifi_1296 is a set of codes: a"):
        sources.spec_for("wifi_1296", architecture="direct")
    place = str(mixed_set().save(tmp_path / "s.json"))
    with pytest.raises(InputError, match="--architecture flooding does not compute specs of kind"):
        sources.spec_for(place, architecture="flooding")


def test_a_family_says_which_codes_it_answers_to(monkeypatch):
    assert families.made_for("wifi_1296_r12, wifi_1296_r56") == "wifi_1296_r12,wifi_1296_r56"
    assert families.made_for("wifi_1296_r12") is families.made_for(None) is None

    def broken(family, name):
        raise InputError("cannot be imported")

    monkeypatch.setattr(families, "find", broken)  # which is for its own commands to say
    assert families.of_code("wifi_1296") is families.DEFAULT


# --- golden ---------------------------------------------------------------------------------------


def traffic(spec: CodeSetSpec, frames: int, seed: int = 1, invalid: float = 0.05):
    """Control words and channel codes at random, some frames too short."""
    rng = np.random.default_rng(seed)
    controls = random_controls(spec, frames, rng, invalid)
    codes = []
    for control in controls:
        member = spec.members[control.code % len(spec.members)]
        quality = rng.choice([0.3, 1.0, 2.0])
        llr = quality * (2.0 + rng.normal(0, 2, member.n))
        flips = rng.integers(0, 2) * rng.integers(0, 2, member.n)  # noise alone, or mostly zeros
        codes.append(decoders.quantise_llr(member, (llr * (1 - 2 * flips))[None])[0])
    for short in np.flatnonzero(rng.random(frames) < 0.05):
        codes[short] = codes[short][1:]
    return controls, codes


def plainly(spec: CodeSetSpec, control: Control, codes: np.ndarray):
    """One frame, row by row: bits, APP values, status."""
    if not control.valid(len(spec.members)) or len(codes) != spec.members[control.code].n:
        return [], None, Status(control.code, control.id, hard=control.hard, dropped=True)
    member = spec.members[control.code]
    state = decoders.start(member, codes[None])
    for done in range(1, control.max_iterations + 1):
        index = min(done, member.iterations) - 1  # maps beyond the member's own are its last
        passed, any_changed = True, False
        for place, row in enumerate(state.rows):
            before = state.app[:, 0] < 0
            odd, _ = layered._update_layer(member, row, index, state.app, state.messages)
            changed = bool((before != (state.app[:, 0] < 0)).any())
            any_changed |= changed
            passed &= not odd.any() and not (place and changed)
        no_change = control.stop_on_no_change and not any_changed
        if no_change or (control.stop_on_pass and passed):
            break
    places = range(member.n_variables) if control.all_bits else member.information_positions
    values = [int(state.app[place, 0]) for place in places]
    status = Status(control.code, control.id, done, no_change, control.stop_on_pass and passed,
                    passed, control.hard)  # fmt: skip
    return [int(value < 0) for value in values], None if control.hard else values, status


@pytest.mark.parametrize("every_width", [True, False], ids=["all widths", "relaxed"])
def test_golden_and_c_do_what_the_spec_says(every_width):
    spec = mixed_set()
    if not every_width:
        spec = replace(spec, members=tuple(map(relaxed, spec.members)))
    controls, codes = traffic(spec, 240)
    due = decode(spec, controls, codes)
    assert len(due) == 240
    kinds_of_end = set()
    for frame, (control, seen) in enumerate(zip(controls, codes, strict=True)):
        bits, soft, status = plainly(spec, control, seen)
        assert due.status_of(frame) == status
        assert due.bits[frame].tolist() == bits
        values = due.soft[frame]
        assert (None if values is None else values.tolist()) == soft
        kinds_of_end.add((status.stopped_on_no_change, status.stopped_on_pass, status.passed,
                          status.dropped))  # fmt: skip
    assert len(kinds_of_end) >= 6, kinds_of_end  # both reasons, each alone, none, dropped
    model = CodeSetModel(spec, every_width)
    for size in model.vector_sizes if every_width else [0]:
        model.use_vector_bytes(size)
        assert not model.decode(controls, codes).differs(due).any()
    model.use_vector_bytes(0)


def test_a_frame_that_asks_as_its_member_does_is_decoded_as_by_it():
    spec = mixed_set()
    _, codes = traffic(spec, 1)
    for number, member in enumerate(spec.members):
        rng = np.random.default_rng(number)
        codes = rng.integers(-3, 8, (50, member.n)).astype(np.int8)
        own = decoders.decode(member, codes)
        found = decode(spec, [Control(number, 9, member.iterations)] * 50, list(codes))
        status = [found.status_of(frame) for frame in range(50)]
        assert [each.passed for each in status] == own.decoded.tolist()
        assert [each.iterations for each in status] == own.iterations.tolist()
        assert (np.stack(found.bits) == own.bits).all() and {each.id for each in status} == {9}


def test_differences_are_found():
    spec = mixed_set()
    controls, codes = traffic(spec, 40, invalid=0)
    controls = [replace(control, hard=False) for control in controls]
    due = decode(spec, controls, codes)
    status, bits, soft = due.status.copy(), list(due.bits), list(due.soft)
    status[3] ^= 1 << 24
    kept = [frame for frame in range(8, 40) if due.bits[frame].size]
    bits[kept[0]] = bits[kept[0]] ^ 1
    soft[kept[1]] = soft[kept[1]] + 1
    soft[kept[2]] = None
    changed = replace(due, status=status, bits=bits, soft=soft)
    assert np.flatnonzero(changed.differs(due)).tolist() == [3, *kept[:3]]
    with pytest.raises(ValueError, match="40 frames have 39 control words"):
        decode(spec, controls[1:], codes)


# --- the C model ----------------------------------------------------------------------------------


def test_c_equals_golden_in_units():
    result = compared(CodeSetComparer(mixed_set()), 1200, 3)
    assert (result.frames, result.different) == (1200, 0)
    assert result.error_rates[0] > 0.5 > result.error_rates[-1]


def test_encoder_of_each_member():
    spec = mixed_set()
    model = CodeSetModel(spec)
    for number, member in enumerate(spec.members):
        information = np.random.default_rng(1).integers(0, 2, (8, member.k), dtype=np.uint8)
        words = model.encode(number, information)
        assert not (member.graph().parity_check_matrix() @ words.T % 2).any()
        assert (words[:, member.information_positions] == information).all()


@pytest.mark.slow
def test_c_equals_golden_on_many_frames():
    result = compared(CodeSetComparer(sources.spec_for("wifi_1296")), 100_000, 1)
    assert result.frames >= 100_000 and result.different == 0
