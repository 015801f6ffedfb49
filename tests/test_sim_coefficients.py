"""Coefficients that a bench writes: the port of every shipped precoder holds them."""

from dataclasses import replace

import numpy as np
import pytest

from hw.precoder.geometry import MOST_COEFFICIENT_BITS, Geometry
from hw.precoder.options import Options
from model.errors import InputError
from quant import kinds
from quant.precoder.spec import Coefficient
from sim.precoder import coefficients

SHIPPED = [name for name in kinds.presets() if name.startswith("mimo_precoder")]


def record(spec) -> dict:
    """What build.json says of the ports."""
    g = Geometry(spec, Options(writable=True))
    return {
        "coefficient_frac_bits": g.frac_bits,
        "coefficient_step_scale": g.table_scale,
        "ports": {"coefficient_value": {"width": MOST_COEFFICIENT_BITS}},
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_written_is_another_decoder_that_the_port_holds(name):
    spec = kinds.resolve(name)
    build = record(spec)
    width = build["ports"]["coefficient_value"]["width"]
    for seed in range(20):
        changed = coefficients.other(spec, build, np.random.default_rng(seed))
        assert changed.rounds != spec.rounds
        written = coefficients.writes(changed, build)
        assert len(written) == 2 + 2 * len(spec.rounds)
        for each, round_ in zip(written[2::2], changed.rounds, strict=True):
            value = each["coefficient_value"]
            signed = value - (1 << width) * (value >> width - 1)
            assert signed == round_.keep.scaled(build["coefficient_frac_bits"])


def test_a_coefficient_beyond_the_port_is_refused():
    spec = kinds.resolve("mimo_precoder_32x4")
    build = record(spec)
    first = replace(spec.rounds[0], keep=Coefficient(((1, 8),)))
    with pytest.raises(InputError, match=r"coefficient rounds\[0\].keep is 256: not a multiple"):
        coefficients.writes(replace(spec, rounds=(first, *spec.rounds[1:])), build)
