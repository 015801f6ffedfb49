"""``--output information``: only the k information bits of a frame leave."""

import json

import numpy as np
import pytest
from small_specs import deficient_graph, flooding_spec, scattered_graph, small_spec

from hw import build as command
from hw.build import build
from hw.record import BuildRecord
from model.errors import InputError
from quant import golden
from quant.code_section import information_positions
from quant.fit import default_spec
from quant.sources import spec_for
from sim import cosim
from sim.min_sum import stimulus
from sim.stimulus.frames import pack_bits

CHOSEN = {"output": "information"}
CASES = {
    "wifi_648_r12": (lambda: spec_for("wifi_648_r12"), {}),
    "scattered, layered": (lambda: default_spec(scattered_graph(), schedule="layered"), {}),
    "gaps of columns, wide beats": (
        lambda: small_spec(15, graph=deficient_graph(15)), {"bits_per_beat": 64},
    ),
    "lock-step": (lambda: small_spec(6, graph=deficient_graph(6)), {"lanes": 2}),
    "two cores out of order": (
        lambda: small_spec(7, partial=True), {"cores": 2, "order": "out-of-order"},
    ),
    "bch_31_16, direct": (lambda: spec_for("bch_31_16"), {}),
    "scattered, direct": (lambda: default_spec(scattered_graph(), schedule="flooding"), {}),
    "scattered, unrolled": (
        lambda: default_spec(scattered_graph(), schedule="flooding", iterations=3),
        {"form": "unrolled"},
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    make, options = CASES[case]
    spec = make()
    record = build(spec, tmp_path, CHOSEN | options)
    assert record["output_beats_per_frame"] == -(-spec.k // record["bits_per_beat"])
    result = cosim.run(tmp_path, frames=500, seed=3)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (500, 0)


def test_build_json_names_the_bits(tmp_path):
    spec = small_spec(6, graph=deficient_graph(6))
    all_bits, chosen = build(spec, tmp_path / "a"), build(spec, tmp_path / "b", CHOSEN)
    assert all_bits["information_positions"] == chosen["information_positions"] == [
        [0, 18], [24, 24],
    ]  # fmt: skip
    assert all_bits["options"]["output"] == "codeword"
    assert chosen["options"]["output"] == "information"
    assert (all_bits["output_beats_per_frame"], chosen["output_beats_per_frame"]) == (5, 3)
    assert chosen["latency_cycles"] < all_bits["latency_cycles"]
    assert information_positions(spec.code) == (*range(19), 24)


@pytest.mark.parametrize(
    "value", [[], [[0]], [[1, 0]], [[0, 3], [4, 5]], [[-1, 3]], [[0, "3"]], [[0, 3, 4]], "0..3",
              [[0, 3], [2, 9]], None]
)  # fmt: skip
def test_other_runs_are_refused(value):
    assert BuildRecord.from_json({"information_positions": [[0, 3], [5, 5]]}).facts
    with pytest.raises(InputError, match="field 'information_positions' is"):
        BuildRecord.from_json({"information_positions": value})


def test_the_stimulus_is_what_the_build_says():
    spec, rng = flooding_spec(z=3, partial=True), np.random.default_rng(1)
    build_says = {
        "llrs_per_beat": 4, "bits_per_beat": 8,
        "user_fields": {"decoded": [0, 1], "iterations": [1, 7], "dropped": [8, 4]},
    }  # fmt: skip
    codes = rng.integers(-8, 8, (5, spec.n)).astype(np.int8)
    bits = golden.decode(spec, codes).bits
    for output, leaving in (("codeword", slice(None)), ("information", spec.information_positions)):
        chosen = build_says | {"options": {"output": output}}
        found = stimulus.of_codes(spec, chosen, codes, rng)
        for beats, frame in zip(found.outputs, bits, strict=True):
            assert (beats == pack_bits(frame[leaving], 8)).all()
    with pytest.raises(InputError, match="options.output is 'iq', known: codeword, information"):
        stimulus.of_codes(spec, build_says | {"options": {"output": "iq"}}, codes, rng)


@pytest.mark.parametrize("output", ["bits", "INFORMATION", ""])
def test_another_output_is_one_line(output, tmp_path, capsys):
    with pytest.raises(InputError) as raised:
        command.main(["--code", "bch_15_11", "--output", output, "--out", str(tmp_path / "b")])
    assert str(raised.value) == f"output is {output!r}, known: codeword, information"
    assert not (tmp_path / "b").exists()


def test_the_folder_on_disk(tmp_path):
    record = build(small_spec(3), tmp_path, CHOSEN)
    assert json.loads((tmp_path / "build.json").read_text()) == record
    assert record["options"]["output"] == "information"
