"""The measured loss of a precoder: known curves, the command, what is shipped loses little."""

import json

import numpy as np
import pytest

from model.errors import InputError
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System
from quant import kinds, loss
from quant.paired import OFFSETS_DB, Paired, interval
from quant.precoder import shipped
from quant.precoder.loss import measure

pytestmark = pytest.mark.usefixtures("one_thread")


def known(loss_db: float, blocks: int = 400) -> Paired:
    """A tenth of a decade a dB, blocks that differ, the same in both."""
    weight = np.random.default_rng(1).uniform(0.5, 1.5, blocks)
    at = tuple(10 + offset for offset in OFFSETS_DB)
    errors = np.stack([1e4 * weight * 10 ** (-0.1 * (snr - 10)) for snr in at])
    return Paired(10.0, at, 1e4 * weight * 10 ** (0.1 * loss_db), errors, 10**6, 0)


def test_known_curves_give_their_distance():
    for loss_db in (-0.2, 0.0, 0.1, 0.6):
        paired = known(loss_db)
        assert paired.loss_db()[0] == pytest.approx(loss_db, abs=1e-9)
        assert interval(paired) == pytest.approx((loss_db, loss_db), abs=1e-9)
    assert np.isnan(known(1.2).loss_db()[0]) and np.isnan(known(-0.3).loss_db()[0])


def test_the_interval_widens_with_unpaired_scatter():
    paired = known(0.1)
    scatter = np.random.default_rng(2).uniform(0.5, 1.5, paired.spec_errors.size)
    low, high = interval(Paired(10.0, paired.float_snr_db, paired.spec_errors * scatter,
                                paired.float_errors, 10**6, 0))  # fmt: skip
    assert high - low > 0.1


def test_command(capsys):
    assert loss.main(["--spec", "mimo_precoder_32x4", "--errors", "3000", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    record = json.loads(lines[-1])
    assert "32x4, 16qam" in lines[0] and "receiver genie" in lines[0]
    assert min(record["spec_errors"], record["float_errors"]) >= 3000
    assert record["low_db"] < record["loss_db"] < record["high_db"]
    assert -0.3 < record["loss_db"] < 0.5 and record["saturated_channel_parts"] > 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--errors", "0"], "--errors must be at least 1"),
        (["--seed", "-1"], "--seed must not be negative"),
        (["--snr", "nan"], "--snr is nan dB"),
        (["--params", "none.npz"], "none.npz: cannot be read"),
        (["--snr", "-20", "--errors", "100"], "do not enclose the spec's"),
    ],
)
def test_bad_options_are_named(options, text):
    with pytest.raises(InputError, match=text):
        loss.main(["--spec", "mimo_precoder_32x4", *options])


def test_sizes_must_agree():
    other = shipped.parameters(System(64, 8, "16qam"), 4)
    with pytest.raises(InputError, match="made for 64x8 16qam, the spec is for 32x4 16qam"):
        loss.main(["--spec", "mimo_precoder_32x4", "--params", str(other)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "snr_db"),
    [
        ("mimo_precoder", 10.0), ("mimo_precoder_t6", 10.0), ("mimo_precoder_t8", 10.0),
        ("mimo_precoder_64x8", 10.0), ("mimo_precoder_32x4", 10.0), ("mimo_precoder_qpsk", 2.0),
    ],
)  # fmt: skip
def test_shipped_specs_lose_at_most_a_tenth_of_a_decibel(name, snr_db):
    spec = kinds.resolve(name)
    parameters = PrecoderParameters.load(shipped.parameters(spec.system, len(spec.rounds)))
    assert measure(spec, parameters, snr_db, errors=50_000, seed=5).loss_db()[0] <= 0.1
