"""The detector's C model: equal to golden, in every vector size."""

from dataclasses import replace

import numpy as np
import pytest
from small_detectors import drawn, given, small_detector, small_parameters
from test_quant_mimo_detector import VARIETY

from model.errors import InputError
from quant.mimo_detector import golden
from quant.mimo_detector.cmodel import DetectorModel
from quant.words import Word

FIELDS = ("r", "symbols", "llrs", "z_saturated", "r_saturated")


def check_equal(model: DetectorModel, matrices: golden.Matrices, y: np.ndarray) -> None:
    found, due = model.detect(matrices, y), golden.detect(model.spec, matrices, y)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(due, name), err_msg=name)
    assert model.saturated_groups == golden.saturated_groups(model.spec, matrices).sum()


@pytest.mark.parametrize("shape", VARIETY)
def test_equal_to_golden_on_values_of_all_kinds(shape):
    model = DetectorModel(small_detector(**shape), every_width=True)
    for size in model.vector_sizes:
        model.use_vector_bytes(size)
        for seed in range(3):
            check_equal(model, *given(model.spec, 3, 37, seed))


def test_equal_to_golden_where_sums_need_long_integers():
    spec = small_detector(table=14)
    wide = replace(
        spec, h=Word(12, "mid_tread"), w=Word(12, "mid_tread"), z=Word(12, "mid_rise"), z_shift=14,
        y_shift=14,
    )  # fmt: skip
    model = DetectorModel(wide)
    assert max(wide.accumulator_bits.values()) >= 32
    check_equal(model, *given(wide, 2, 20))


def test_equal_to_golden_on_received_vectors():
    spec = small_detector(16, 4)
    _, floats, received = drawn(small_parameters(16, 4), 12, 10, 50, seed=3)
    y, _ = golden.quantise_received(spec, received)
    check_equal(DetectorModel(spec), golden.quantise_matrices(spec, floats), y)


def test_bad_arrays_are_refused():
    spec = small_detector()
    matrices, y = given(spec, 2, 3)
    model = DetectorModel(spec)
    with pytest.raises(InputError, match="received values have shape"):
        model.detect(matrices, y[..., :3, :])
    with pytest.raises(InputError, match="matrix w0 has shape None"):
        model.detect(replace(matrices, w0=None), y)
