"""The measured loss: interpolation, interval, the same frames for both decoders, the command."""

import json

import numpy as np
import pytest

from model import catalog
from model.errors import InputError
from quant import loss
from quant.fit import default_spec
from quant.loss import PairedPoint
from quant.measured import summary
from quant.spec import load


def line(ebn0_db: float, frames: int = 1_000_000) -> PairedPoint:
    """4 decades a dB; float meets 1e-2 at 3.0 dB, the integers at 3.1 dB."""
    soft = frames * 10 ** (-2 - 4 * (ebn0_db - 3.0))
    whole = frames * 10 ** (-2 - 4 * (ebn0_db - 3.1))
    return PairedPoint(ebn0_db, frames, round(soft), round(whole), round(soft * 0.8))


def test_straight_lines_give_their_distance():
    found = loss.loss([line(3.2), line(2.9), line(3.05)])
    assert found.loss_db == pytest.approx(0.1, abs=1e-3)
    assert found.low_db < found.loss_db < found.high_db < 0.12


def test_points_must_enclose_the_target():
    with pytest.raises(InputError, match="do not enclose FER 0.01"):
        loss.loss([line(3.15), line(3.3)])


def test_crossing_is_exact_at_a_point():
    at = np.array([1.0, 2.0])
    assert loss.crossing(at, np.array([1e-2, 1e-4]), 1e-2) == 1.0
    assert loss.crossing(at, np.array([1e-1, 1e-2]), 1e-2) == at[1]


def test_fine_messages_make_nearly_the_float_errors():
    spec = default_spec(catalog.get("wifi_648_r12"), message_bits=6)
    point = loss.measure(spec, 1.5, errors=20, most_frames=256)
    assert point.float_errors > 20 and point.both > 0.7 * point.float_errors
    assert abs(point.integer_errors - point.float_errors) < 0.4 * point.float_errors


def test_command(tmp_path, capsys):
    path = default_spec(catalog.get("wifi_648_r12")).save(tmp_path / "s.json")
    options = "--ebn0 1.2 2.4 --errors 5 --target 0.2 --most-frames 256 --record --json"
    before = load(path)
    assert loss.main(["--spec", str(path), *options.split()]) == 0
    after = load(path)
    assert after == before and after.sha == before.sha
    assert "--errors 5" in after.provenance["loss"]["command"]
    assert f"loses {after.provenance['loss']['loss_db']:.3f} dB to float min-sum" in summary(after)
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert len(record["points"]) == 2 and -0.2 < record["loss_db"] < 0.8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ebn0", "2", "nan"], "Eb/N0 is nan dB"),
        (["--ebn0", "2", "2"], "two different points"),
        (["--seed", "-1"], "--seed must not be negative"),
        (["--most-frames", "0"], "--most-frames must be at least 1"),
        (["--target", "0"], "--target must be a rate between 0 and 1"),
        (["--alpha", "-1"], "--alpha must be more than 0, not -1"),
        (["--alpha", "nan"], "--alpha must be more than 0, not nan"),
        (["--reference", "sum-product", "--alpha", "0.8"], "sum-product has no factor"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        loss.main(["--spec", "none.json", *options])
