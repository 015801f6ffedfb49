"""The flow as Python objects, on a small code."""

from pathlib import Path

import pytest

import unfoldhw
from unfoldhw.call import words

CODE = Path(__file__).parent / "data" / "array_z31.qc"


def test_keywords_are_options():
    assert words({"max_frames": 20, "json": True, "plot": None, "faults": False}) == [
        "--max-frames", "20", "--json"
    ]  # fmt: skip
    assert words({"ebn0": [2, 3.5], "seed": -1}) == ["--ebn0", "2", "3.5", "--seed=-1"]


def test_from_a_file_to_a_comparison(tmp_path):
    code = unfoldhw.load(CODE, folder=tmp_path)
    trained = code.train(ebn0="3:4", steps=4, batch=8)
    assert trained["steps"] == 4 and "loss" in str(trained)
    picture = trained.compare(ebn0=[3.0], frames=50)
    assert picture._repr_png_().startswith(b"\x89PNG") and "trained" in picture["points"]
    integers = trained.quantise(message_bits=3)
    rates = integers.error_rates(ebn0="3", max_frames=1024, workers=1)
    assert rates.path == tmp_path / "rates.png" and rates["points"][0]["frames"] == 1024
    built = integers.build()
    assert built["spec_sha"] == integers["spec_sha"] and "module array_z31" in built.verilog
    proof = built.prove(frames=20)
    assert proof["mismatches"] == 0 and proof["exit_code"] == 0
    assert "bit-exact on 20 frames" in str(proof)


def test_untrained_and_shipped_specs(tmp_path):
    untrained = unfoldhw.load("bch_31_16", folder=tmp_path).quantise(message_bits=4)
    assert untrained["message_bits"] == 4
    shipped = unfoldhw.preset("mimo_precoder_32x4", folder=tmp_path / "p")
    assert shipped["name"] == "mimo_precoder_32x4"
    assert shipped.build().folder == tmp_path / "p"


def test_what_a_command_refuses_is_one_error(tmp_path):
    with pytest.raises(unfoldhw.InputError, match="no code is named 'nonsense'"):
        unfoldhw.load("nonsense")
    code = unfoldhw.load("bch_31_16", folder=tmp_path)
    with pytest.raises(unfoldhw.InputError, match="unrecognized arguments: --bits"):
        code.quantise(bits=3)
    assert list(tmp_path.iterdir()) == []
