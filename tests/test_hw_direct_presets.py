"""Every shipped direct decoder in both forms: Verilog = golden = C model on 5000 frames each.

``python -m pytest -m slow tests/test_hw_direct_presets.py``, hours; ``-k "ccsds and unrolled"``
picks. Unrolled BCH decoders exceed the target device and are simulated all the same.
"""

import pytest

from hw.build import build
from hw.direct.options import FORMS
from quant import kinds
from quant.comparison import compared
from quant.min_sum.comparison import DecoderComparer
from quant.spec import FLOODING
from sim import cosim

FRAMES = 5000
PRESETS = sorted(n for n in kinds.presets() if kinds.resolve(n).kind == FLOODING)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("preset", PRESETS)
def test_verilog_of_a_preset_is_golden(preset, form, tmp_path):
    build(kinds.resolve(preset), tmp_path, {"form": form, "oversize": True})
    result = cosim.run(tmp_path, frames=FRAMES)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (FRAMES, 0)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_c_model_of_a_preset_is_golden(preset):
    found = compared(DecoderComparer(kinds.resolve(preset)), FRAMES)
    assert found.frames >= FRAMES and found.different == 0


def test_direct_presets_are_found():
    assert {"bch_63_45", "bch_63_36_noms", "ccsds_128_64"} <= set(PRESETS)
