"""Float detectors: channels and SNR, baselines against each other, rounds against their formula."""

import numpy as np
import pytest
import torch

from model.errors import InputError
from model.mimo import constellation
from model.mimo_detector import (
    channels,
    eta,
    linear,
    link,
    maximum_likelihood,
    message_passing,
    real,
    soft,
)
from model.mimo_detector.conjugate_gradient import LcgNet
from model.mimo_detector.oamp import OampNet
from model.mimo_detector.system import Blocks, System
from model.mimo_detector.unfolded import UnfoldedDetector

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = System(12, 4, "16qam")


def blocks_of(system, snr_db=12.0, count=4, vectors=5, seed=1, channel="iid", pilots=0):
    return system.blocks(count, vectors, channel, snr_db, np.random.default_rng(seed), pilots)


@pytest.mark.parametrize("name", channels.CHANNELS)
def test_the_snr_is_received_power_per_antenna_over_noise(name):
    system = System(16, 4, "qpsk")
    blocks = blocks_of(system, 10.0, 600, 4, channel=name)
    signal = blocks.channel @ blocks.symbols
    power = np.mean(np.abs(signal) ** 2)
    assert power == pytest.approx(4 / 16, rel=0.12 if name in ("powers", "mixed") else 0.05)
    noise = np.mean(np.abs(blocks.received - signal) ** 2)
    assert noise == pytest.approx(system.noise_power(10.0), rel=0.03)
    assert 10 * np.log10(4 / 16 / blocks.noise_power[0]) == pytest.approx(10.0, abs=1e-4)


def test_correlation_powers_and_pilots():
    rng = np.random.default_rng(2)
    matrix = channels.correlated(800, 8, 2, rng) * np.sqrt(8)
    near = np.mean(matrix[:, 1:] * matrix[:, :-1].conj()).real
    far = np.mean(matrix[:, 3:] * matrix[:, :-3].conj()).real
    assert near == pytest.approx(0.5, abs=0.03) and far == pytest.approx(0.125, abs=0.03)
    power = (np.abs(channels.powers(200, 64, 4, rng)) ** 2).sum(axis=1)
    assert 0.3 < power.min() < 0.6 and 1.7 < power.max() < 3
    known, estimated = (blocks_of(SMALL, pilots=pilots) for pilots in (0, 8))
    error = np.mean(np.abs(known.channel - estimated.channel) ** 2)
    assert error == pytest.approx(SMALL.noise_power(12.0) / 8, rel=0.25)
    np.testing.assert_array_equal(known.received, estimated.received)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: System(0, 4), "antennas must be from 1 to 1024, not 0"),
        (lambda: System(4, 2000), "users must be from 1 to 1024, not 2000"),
        (lambda: System(4, 2, "8psk"), "'8psk' is not supported"),
        (lambda: blocks_of(SMALL, channel="flat"), "channel 'flat' is unknown; choose from iid"),
        (lambda: blocks_of(SMALL, pilots=3), "3 pilots are fewer than 4 users"),
        (lambda: linear.weights("zf", *zero_column()), "cannot be told apart"),
        (lambda: linear.weights("wf", *zero_column()), "linear detector 'wf' is unknown"),
        (lambda: UnfoldedDetector(SMALL, 2).detect(zero_blocks()), "column of user 1 is 0"),
        (lambda: UnfoldedDetector(SMALL, 2).detect(blocks_of(System(12, 5))), "12, 5"),
        (lambda: OampNet(SMALL, 3, 5), "0, 2 or 4 numbers"),
        (lambda: LcgNet(SMALL, 0), "rounds must be at least 1, not 0"),
        (lambda: maximum_likelihood.exhaustive(System(8, 8), blocks_of(System(8, 8))), "2.32"),
        (lambda: maximum_likelihood.sphere(System(2, 4), blocks_of(System(2, 4))), "as many ant"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(InputError, match=text):
        call()


def zero_column():
    blocks = zero_blocks()
    return blocks.channel, blocks.noise_power


def zero_blocks():
    blocks = blocks_of(SMALL)
    blocks.channel[2, :, 1] = 0
    return blocks


def test_linear_detectors_are_unbiased_and_know_their_noise():
    system = System(24, 8, "16qam")
    blocks, variances = blocks_of(system, 8.0, 2, 10_000), []
    for kind in linear.KINDS:
        rows = linear.weights(kind, blocks.channel, blocks.noise_power)
        gains = np.diagonal(rows @ blocks.channel, axis1=1, axis2=2)
        np.testing.assert_allclose(gains, 1, atol=1e-4)
        found, variance = linear.detect(
            kind, blocks.channel, blocks.noise_power, blocks.received
        )
        measured = np.mean(np.abs(found - blocks.symbols) ** 2, axis=2)
        np.testing.assert_allclose(measured, variance, rtol=0.1)
        variances.append(variance)
    assert (variances[0] > variances[1]).all()


@pytest.mark.parametrize("name", constellation.CONSTELLATIONS)
def test_eta_is_the_posterior_mean(name):
    points, theta = constellation.get(name), torch.tensor(0.21)
    r = torch.linspace(-1.5, 1.5, 41, dtype=torch.float64)
    weights = np.exp(-((r.numpy()[:, None] - points.levels) ** 2) / (2 * 0.21**2))
    weights /= weights.sum(axis=1, keepdims=True)
    mean = weights @ points.levels
    np.testing.assert_allclose(eta.posterior(r, points, theta), mean, atol=1e-6)
    found, variance = eta.variance(r, points, theta)
    np.testing.assert_allclose(found, mean, atol=1e-6)
    np.testing.assert_allclose(variance, weights @ points.levels**2 - mean**2, atol=1e-6)
    np.testing.assert_allclose(
        eta.log_posterior(r, points, theta).exp().T, weights, atol=1e-6
    )
    # Between two levels the others hardly count; there both forms agree.
    sharp = torch.tensor(0.25 * points.unit)
    np.testing.assert_allclose(
        eta.sigmoid(r, points, sharp), eta.posterior(r, points, sharp), atol=0.02 * points.unit
    )


@pytest.mark.parametrize("start", ["zero", "lmmse"])
@pytest.mark.parametrize("weights", ["matched", "whitened"])
def test_rounds_are_those_of_the_formula(start, weights):
    system = System(6, 8 if weights == "whitened" else 3, "16qam")
    detector = UnfoldedDetector(system, 3, start, weights)
    with torch.no_grad():
        for values, numbers in (
            (detector.gamma, (0.9, 1.1, 0.8)),
            (detector.momentum, (0.0, 0.3, -0.1)),
            (detector.theta, (0.3, -0.2, 0.25)),
        ):
            values.copy_(torch.tensor(numbers))
    p = detector.export()
    assert (p.theta > 0).all()
    blocks = blocks_of(system)
    h, y = blocks.channel.astype(complex), blocks.received
    adjoint = h.conj().swapaxes(1, 2)
    if weights == "matched":
        w = adjoint / (np.abs(h) ** 2).sum(axis=1)[..., None]
    else:
        w = adjoint @ np.linalg.inv(h @ adjoint + p.alpha * np.eye(6))

    def estimate(r, theta):
        axes = (eta.posterior(torch.from_numpy(part), system.constellation, torch.tensor(theta))
                for part in (r.real.copy(), r.imag.copy()))  # fmt: skip
        return next(axes).numpy() + 1j * next(axes).numpy()

    x, z = np.zeros(blocks.symbols.shape, dtype=complex), 0
    if start == "lmmse":
        x = estimate(linear.weights("lmmse", h, blocks.noise_power) @ y, p.theta_0)
    for gamma, momentum, theta in zip(p.gamma, p.momentum, p.theta, strict=True):
        z = y - h @ x + momentum * z
        r = x + gamma * (w @ z)
        x = estimate(r, theta)
    np.testing.assert_allclose(detector.detect(blocks), r, atol=2e-4)
    again = UnfoldedDetector.from_parameters(p)
    np.testing.assert_array_equal(again.detect(blocks), detector.detect(blocks))


def test_the_gradient_of_alpha_is_that_of_the_inverse():
    system = System(6, 8, "qpsk")
    detector, blocks = UnfoldedDetector(system, 2, weights="whitened"), blocks_of(system)

    def total(alpha):
        with torch.no_grad():
            detector.alpha.fill_(alpha)
            return float(detector(blocks).square().sum())

    slope = (total(0.52) - total(0.48)) / 0.04
    with torch.no_grad():
        detector.alpha.fill_(0.5)
    detector(blocks).square().sum().backward()
    assert float(detector.alpha.grad) == pytest.approx(slope, rel=0.02)


def test_oamp_steps_are_those_of_the_inverse():
    """A round with the matrices of the paper, for a single vector."""
    system = System(6, 4, "qpsk")
    blocks = blocks_of(system, 8.0, 3, 1)
    (r, deviation), *_ = OampNet(system, 2, 0).outputs(blocks)
    for place, h in enumerate(blocks.channel.astype(complex)):
        y, noise, adjoint = blocks.received[place], float(blocks.noise_power[place]), h.conj().T
        error = (np.sum(np.abs(y) ** 2) - 6 * noise) / np.trace(adjoint @ h).real
        v = error * adjoint @ np.linalg.inv(error * h @ adjoint + noise * np.eye(6))
        w = 4 / np.trace(v @ h) * v
        c = np.eye(4) - w @ h
        tau = (error * np.trace(c @ c.conj().T) + noise * np.trace(w @ w.conj().T)).real / 4
        np.testing.assert_allclose(real.to_complex(r)[place], w @ y, atol=1e-4)
        assert float(deviation[place, 0, 0]) == pytest.approx(np.sqrt(tau / 2), rel=1e-3)


def test_conjugate_gradients_with_the_right_steps_are_mmse():
    system = System(12, 3, "qpsk")
    blocks = blocks_of(system, 6.0, 1, 1)
    h, y = (real.matrices(torch.from_numpy(blocks.channel))[0].double(),
            real.vectors(torch.from_numpy(blocks.received))[0, :, 0].double())  # fmt: skip
    a = h.T @ h + float(blocks.noise_power[0]) * torch.eye(6)
    network = LcgNet(system, 6)
    q = d = h.T @ y
    with torch.no_grad():
        for t in range(6):
            network.alpha[t] = (q @ q) / (d @ a @ d)
            after = q - network.alpha[t].double() * (a @ d)
            network.beta[t] = (after @ after) / (q @ q)
            d, q = after + network.beta[t].double() * d, after
    x = network(blocks)[0, :, 0].detach()
    np.testing.assert_allclose(x, torch.linalg.solve(a, h.T @ y), atol=1e-3)


@pytest.mark.parametrize("sizes", [(4, 3, "16qam"), (5, 5, "qpsk")])
def test_the_sphere_decoder_finds_the_most_likely_symbols(sizes):
    system = System(*sizes)
    blocks = blocks_of(system, 6.0, 10, 4)
    found = maximum_likelihood.sphere(system, blocks)
    np.testing.assert_allclose(found, maximum_likelihood.exhaustive(system, blocks), atol=1e-6)
    distance = [np.abs(blocks.received - blocks.channel @ x).sum() for x in (found, blocks.symbols)]
    assert distance[0] != distance[1]  # noise enough for wrong decisions


def test_order_of_detectors():
    """Every error rate measured on the same blocks, and the order that theory wants."""
    system = System(16, 8, "qpsk")
    oamp = OampNet(system, 6, 0)

    def linear_of(kind):
        def detect(blocks: Blocks):
            found, variance = linear.detect(
                kind, blocks.channel, blocks.noise_power, blocks.received
            )
            return found, np.sqrt(variance / 2)[..., None]

        return detect

    count = link.measure(
        {
            "zf": linear_of("zf"),
            "lmmse": linear_of("lmmse"),
            "amp": lambda blocks: message_passing.amp(system, blocks, 6),
            "oamp": lambda blocks: (oamp.detect(blocks), 0.3),
            "ep": lambda blocks: message_passing.ep(system, blocks, 6),
        },
        system, 6.0, errors=10**9, most_vectors=2000,
    )  # fmt: skip
    ser = {name: point.ser for name, point in count.items()}
    assert ser["ep"] < ser["oamp"] < ser["lmmse"] < ser["zf"] and ser["amp"] < ser["lmmse"]
    point = count["lmmse"]
    low, high = point.ser_interval
    assert low < point.ser < high and point.ber < point.ser < 2 * point.ber
    assert count["zf"].information < point.information < count["ep"].information < 1
    with pytest.raises(InputError, match="most-vectors must be at least 1, not 0"):
        link.measure({}, system, 6.0, most_vectors=0)


@pytest.mark.parametrize("name", constellation.CONSTELLATIONS)
def test_llrs_have_the_sign_of_the_bits_and_the_best_scale(name):
    points = constellation.get(name)
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2, (20_000, points.bits_per_symbol), dtype=np.uint8)
    sent = points.symbols(bits)
    llrs = soft.llrs(sent, points, 0.1)
    np.testing.assert_array_equal(llrs < 0, bits == 1)
    noise = 0.5 * points.unit
    axes = rng.standard_normal((20_000, 2)) * noise
    seen = sent + axes[:, 0] + 1j * axes[:, 1]
    assert soft.best_noise(seen, bits, points) == pytest.approx(noise, rel=0.05)
    information = [
        soft.mutual_information(soft.llrs(seen, points, noise * scale), bits)
        for scale in (0.5, 1.0, 2.0)
    ]
    assert max(information) == information[1] and 0.8 < information[1] < 1
