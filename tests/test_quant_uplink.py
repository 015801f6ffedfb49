"""Detector and decoder in one: bits in their places, all models alike, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from small_detectors import given, small_detector
from small_specs import small_spec

from model.errors import InputError
from quant import golden, kinds
from quant import monte_carlo as monte_carlos
from quant.mimo_detector import golden as detector_golden
from quant.uplink import golden as uplink_golden
from quant.uplink.fit_command import main
from quant.uplink.joined import joined
from quant.uplink.monte_carlo import UplinkMonteCarlo, Upstream
from quant.uplink.spec import UplinkSpec


def small_uplink(**changes) -> UplinkSpec:
    """Three users, 16-QAM, codewords of 18 vectors."""
    return joined("small_uplink", small_detector(), small_spec(8), **changes)


def test_bits_keep_their_places():
    values = np.arange(2 * 5 * 3 * 4).reshape(2, 5, 3, 4)  # blocks, vectors, users, bits
    lines = uplink_golden.bits_in_order(values)
    assert lines.shape == (6, 20)
    # User 1 of block 0: bit 7 is bit 1 of the symbol in vector 2.
    assert lines[1, 7] == values[0, 2, 1, 1]
    assert (uplink_golden.bits_in_symbols(lines, 3, 4) == values).all()


def test_codes_begin_where_the_decoders_channel_has_them():
    """To half a step of the LLRs; a code and its mirror image are as many LLRs."""
    spec = small_uplink(llr_bits=8)
    channel, step = spec.decoder.channel.with_table(), spec.detector.llr_step
    begins = np.array(channel.cuts) * channel.lsb_llr
    assert (np.abs(np.array(spec.thresholds) * step - begins) <= 0.501 * step).all()
    found = uplink_golden.code_table(spec)[1:]  # of -127 to 127
    assert (np.diff(found) >= 0).all()
    assert found[127] == 0 and (found[128:] == -1 - found[126::-1]).all()
    assert set(found.tolist()) == set(range(channel.minimum_code, channel.maximum_code + 1))


def test_golden_is_made_of_both():
    spec = small_uplink()
    matrices, y = given(spec.detector, 4, spec.vectors)
    found = uplink_golden.receive(spec, matrices, y)
    detected = detector_golden.detect(spec.detector, matrices, y)
    codes = uplink_golden.codes_of(spec, detected.llrs)
    assert codes.shape == (4 * 3, spec.decoder.n)
    assert (found.decoded.bits == golden.decode(spec.decoder, codes).bits).all()


def test_c_is_golden_and_errors_fall():
    spec = small_uplink()
    simulation = UplinkMonteCarlo.of_spec(spec)
    assert simulation.unit_frames == spec.users
    rates = []
    for snr_db in (2.0, 12.0):
        counts = [
            simulation.count(model, Upstream(channels=2), snr_db, 1, 0, 90).counts
            for model in ("c", "golden")
        ]
        assert all((counts[0][name] == counts[1][name]).all() for name in counts[0])
        rates.append((counts[0]["bit_errors"] > 0).mean())
    assert rates[0] > 0.5 and rates[1] < 0.1
    mmse = simulation.count("mmse", Upstream(), 12.0, 1, 0, 90).counts
    assert (mmse["bit_errors"] > 0).mean() < 0.1


def test_the_registry_finds_it(tmp_path):
    spec = small_uplink()
    path = tmp_path / "uplink.json"
    path.write_text(spec.to_json())
    again = kinds.load(path)
    assert again == spec and again.sha == spec.sha
    assert monte_carlos.of(kinds.family_of(again)) is UplinkMonteCarlo


def test_the_command(tmp_path, capsys):
    for name, spec in (("detector", small_detector()), ("decoder", small_spec(8))):
        (tmp_path / f"{name}.json").write_text(spec.to_json())
    files = ["--detector", str(tmp_path / "detector.json"),
             "--decoder", str(tmp_path / "decoder.json")]  # fmt: skip
    out = tmp_path / "both.json"
    assert main(["--code", "uplink", *files, "--out", str(out)]) == 0
    assert kinds.load(out).name == "both"
    assert "MIMO detector" in capsys.readouterr().out
    with pytest.raises(InputError, match="llr_bits"):
        main(["--code", "uplink", *files, "--out", str(out), "--llr-bits", "3"])


def test_what_does_not_go_together():
    spec = small_uplink()
    with pytest.raises(InputError, match="rising|not more than"):
        replace(spec, thresholds=spec.thresholds[::-1])
    with pytest.raises(InputError, match="thresholds: entries"):
        replace(spec, thresholds=spec.thresholds[1:])
    with pytest.raises(InputError, match="no whole number of symbols"):
        joined("odd", small_detector(), small_spec(7))
    with pytest.raises(InputError, match="must be a MIMO detector"):
        joined("two", small_spec(8), small_spec(8))
