"""Stimulus: packing into beats, and the mix of outcomes a QC-LDPC decoder is shown."""

from importlib import resources

import numpy as np
import pytest

from hw.frame import status
from model.errors import InputError
from quant import golden
from quant.spec import load
from sim.min_sum import stimulus
from sim.stimulus.frames import pack_bits, pack_codes

BUILD = {
    "llrs_per_beat": 5, "bits_per_beat": 12,
    "user_fields": status.places(status.DECODER | status.marks(tagged=False)),
}  # fmt: skip


def test_bits_are_packed_lowest_first_and_zero_padded():
    bits = np.array([1, 0, 0, 1, 1], dtype=np.uint8)
    assert pack_bits(bits, 4).tolist() == [[0b1001], [0b0001]]
    assert pack_bits(np.ones(12, np.uint8), 12).tolist() == [[0xFF, 0x0F]]


def test_codes_are_bytes_lowest_first_and_padded():
    codes = np.array([1, -1, 2, -128, 5], dtype=np.int8)
    beats = pack_codes(codes, 4, np.array([7, 8, 9]))
    assert beats.tolist() == [[1, 255, 2, 128], [5, 7, 8, 9]]


@pytest.fixture(scope="module")
def spec():
    with resources.as_file(resources.files("quant.presets") / "qc_ldpc.json") as path:
        return load(path)


def test_default_mix_shows_every_outcome(spec):
    made = stimulus.make(spec, BUILD, 64, None, 1)
    assert len(made.inputs) == len(made.outputs) == len(made.status) == 64
    assert made.inputs[0].shape == (-(-spec.n // 5), 5)
    assert made.outputs[0].shape == (-(-spec.n_variables // 12), 2)
    assert made.summary["decoded"] >= 20 and made.summary["not_decoded"] >= 8
    iterations = {status >> 1 for status in made.status}
    assert max(iterations) == spec.iterations and len(iterations) >= 4


def test_stream_widths_come_from_the_build(spec):
    with pytest.raises(InputError, match="'bits_per_beat' is None"):
        stimulus.make(spec, {"llrs_per_beat": 4}, 4, 3.0, 1)


def test_given_point_means_only_that_point(spec):
    made = stimulus.make(spec, BUILD, 16, 6.0, 1)
    assert made.summary["not_decoded"] == 0
    again = stimulus.make(spec, BUILD, 16, 6.0, 1)
    assert all((a == b).all() for a, b in zip(made.inputs, again.inputs, strict=True))
    codes = np.stack([frame.reshape(-1)[: spec.n] for frame in made.inputs]).view(np.int8)
    bits = golden.decode(spec, codes).bits
    assert (pack_bits(bits[3], 12) == made.outputs[3]).all()
