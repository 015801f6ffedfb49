"""W and W0 in integers: close to what a host makes of the same words, or flagged."""

from dataclasses import replace

import numpy as np
import pytest
from small_detectors import small_detector

from model.errors import InputError
from quant.mimo_detector import golden, host, preprocess
from quant.mimo_detector.cmodel import DetectorModel
from quant.mimo_detector.monte_carlo import DetectorMonteCarlo, Upstream, prepared, system_of
from quant.words import Word


def words_of(spec, channels: int, seed: int = 1, loss_db: float = 0.0) -> np.ndarray:
    """(channels, N, U, 2) values of h; the last user's are weaker."""
    rng = np.random.default_rng(seed)
    shape = channels, spec.antennas, spec.users, 2
    parts = rng.standard_normal(shape) * (2 * spec.antennas) ** -0.5
    parts[:, :, -1] *= 10 ** (-loss_db / 20)
    return golden.quantise_real(parts / spec.h_step, spec.h)[0]


def due(spec, h: np.ndarray, n0: np.ndarray) -> dict[str, np.ndarray]:
    """Codes, not rounded, that a host makes of the words of H."""
    floats = host.matrices(spec.recipe, h[..., 0] + 1j * h[..., 1], n0)
    steps = {"w": spec.w_step, "w0": spec.start.w0_step}
    odd = spec.w.rise == "mid_rise"
    found = {}
    for name, step in steps.items():
        matrix = getattr(floats, name) / spec.h_step / step
        values = np.stack([matrix.real, matrix.imag], axis=-1)
        found[name] = (values - 1) / 2 if odd else values
    return found


@pytest.mark.parametrize("snr_db", [-5, 12, 40])
@pytest.mark.parametrize("rise", ["mid_rise", "mid_tread"])
def test_rows_are_those_of_the_host(snr_db, rise):
    spec = small_detector(12, 5)
    if rise == "mid_tread":
        spec = replace(spec, h=Word(7, rise), w=Word(7, rise), table_bits=12)
    h = words_of(spec, 300)
    n0 = (h**2).sum(axis=(1, 3)).mean(axis=1) * spec.users / spec.antennas * 10 ** (-snr_db / 10)
    n0 = n0.astype(np.int64)
    made, limit = preprocess.prepare(spec, h, n0), 1 << (preprocess.Formats(spec).half_bits - 1)
    for name, wanted in due(spec, h, n0).items():
        # Floor of a number that is nearly right is the nearest code, or the next one.
        error = getattr(made, name) - np.clip(wanted, -limit, limit - 1)
        assert abs(error[~made.saturated]).max() < (0.7 if name == "w" else 1.2)
        assert abs(error[~made.saturated]).mean() < 0.27
    assert made.saturated.mean() < 0.02


def test_weak_users_keep_their_rows():
    """Of a user 12 dB weaker, whose power of two is its own; at 30 dB a row is said to be wrong."""
    spec = small_detector(16, 3, h=10, w=10)
    h = words_of(spec, 100, loss_db=12.0)
    n0 = np.full(100, 1)
    made, wanted = preprocess.prepare(spec, h, n0), due(spec, h, n0)
    sound = ~made.saturated
    assert sound.mean() > 0.95
    for name in ("w", "w0"):
        ratio = getattr(made, name)[sound, -1] / wanted[name][sound, -1]
        assert np.median(abs(ratio - 1)) < 0.02
    assert preprocess.prepare(spec, words_of(spec, 100, loss_db=30.0), n0).saturated.all()


def test_users_alike_are_saturated():
    spec = small_detector(8, 4)
    h = words_of(spec, 40)
    h[::2, :, 1] = h[::2, :, 3]
    saturated = preprocess.prepare(spec, h, np.zeros(40, np.int64)).saturated
    assert saturated[::2].all() and not saturated[1::2].any()
    loud = (h[..., 0, :] ** 2).sum(axis=(1, 2))  # noise as strong as a user tells them apart
    assert not preprocess.prepare(spec, h, loud).saturated.any()


def test_noise_codes():
    spec = small_detector()
    formats = preprocess.Formats(spec)
    powers = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, 200), [1e80]])
    code = preprocess.noise_code(spec, powers)
    assert (code >= 0).all() and (code < 1 << formats.half_bits).all()
    n0, exact = preprocess.noise_of(spec, code), powers / spec.h_step**2
    most = (1 << formats.noise_bits) - 1
    fits = exact < most
    assert (abs(n0 - exact)[fits] <= np.maximum(0.5, exact[fits] / 256)).all()
    assert (n0[exact > 1.01 * most] == most).all()


def test_error_rates_with_the_core_s_matrices():
    spec = small_detector()
    counts = {}
    for made_by in preprocess.MATRICES_FROM:
        measured = DetectorMonteCarlo(spec)
        found = measured.count("c", Upstream(matrices=made_by), 9.0, 1, 0, 480)
        counts[made_by] = found.counts["symbol_errors"].sum()
    assert counts["host"] > 300
    assert counts["core"] == pytest.approx(counts["host"], rel=0.05)
    assert "W and W0 by the core" in measured.link_title(Upstream(matrices="core"))


@pytest.mark.parametrize("rise", ["mid_rise", "mid_tread"])
def test_c_model_equals_golden(rise):
    spec = small_detector(8, 4)
    if rise == "mid_tread":
        spec = replace(spec, h=Word(6, rise), w=Word(9, rise), table_bits=14)
    rng = np.random.default_rng(3)
    h = np.concatenate([words_of(spec, 300, loss_db=db) for db in (0.0, 20.0)])
    h[::7, :, 1] = h[::7, :, 0]
    n0 = rng.integers(0, 2 ** rng.integers(1, preprocess.Formats(spec).noise_bits, len(h)))
    due, found = preprocess.prepare(spec, h, n0), DetectorModel(spec).prepare(h, n0)
    assert 0 < due.saturated.mean() < 1
    for name in ("w", "w0", "saturated"):
        np.testing.assert_array_equal(getattr(found, name), getattr(due, name), err_msg=name)
    with pytest.raises(InputError, match="for start 'lmmse'"):
        DetectorModel(small_detector(start="zero")).prepare(h, n0)


def test_saturation_is_counted():
    spec = small_detector()
    blocks = system_of(spec).blocks(4, 2, "iid", 10.0, np.random.default_rng(1))
    blocks.channel[:2] *= 10
    blocks.channel[3] /= 6
    matrices, _, counts = prepared(spec, blocks, "core")
    assert (matrices.saturated["h"] > 0).tolist() == [True, True, False, False]
    assert (matrices.saturated["w"] > 0).tolist() == [False, False, False, True]
    assert (counts["channel_saturated"] == sum(matrices.saturated.values())).all()


def test_bad_input():
    spec = small_detector()
    h = np.ones((8, 3), complex)
    with pytest.raises(InputError, match="noise power is -1.0, must be a number >= 0"):
        preprocess.channel_matrices(spec, h, -1.0)
    with pytest.raises(InputError, match=r"channel\[0, 1\] = .*nan.* is not finite"):
        preprocess.channel_matrices(spec, np.where(np.arange(3) == 1, np.nan, h), 0.1)
    with pytest.raises(InputError, match="channel has shape"):
        preprocess.channel_matrices(spec, h.T, 0.1)
    for other in (small_detector(start="zero"), small_detector(weights="whitened")):
        with pytest.raises(InputError, match="for start 'lmmse' and weights 'matched' alone"):
            preprocess.Formats(other)
