"""The float precoder: constellation, channels, C2PO against its formula, baselines, counting."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from model import rates
from model.errors import InputError
from model.mimo import channels, constellation
from model.precoder import linear, link, losses, receiver
from model.precoder.parameters import PrecoderParameters
from model.precoder.system import System, noise_power
from model.precoder.unfolded import UnfoldedPrecoder, one_bit

NAMES = list(constellation.CONSTELLATIONS)

pytestmark = pytest.mark.usefixtures("one_thread")


def all_symbols(name):
    points = constellation.get(name)
    numbers = np.arange(2**points.bits_per_symbol)
    bits = numbers[:, None] >> np.arange(points.bits_per_symbol) & 1
    return points, bits, points.symbols(bits)


@pytest.mark.parametrize("name", NAMES)
def test_constellation_has_unit_energy_and_returns_its_bits(name):
    points, bits, symbols = all_symbols(name)
    assert len(np.unique(symbols)) == len(symbols)
    assert np.mean(np.abs(symbols) ** 2) == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(points.decide(symbols), bits)
    np.testing.assert_array_equal(points.decide(symbols + 0.9j * points.unit), bits)
    beyond = np.where(abs(symbols.real) == symbols.real.max(), 9 * symbols.real, symbols.real)
    np.testing.assert_array_equal(points.decide(beyond + 1j * symbols.imag), bits)


@pytest.mark.parametrize("name", NAMES)
def test_neighbours_differ_in_one_bit(name):
    points, bits, symbols = all_symbols(name)
    distance = np.abs(symbols[:, None] - symbols)
    near = np.isclose(distance, 2 * points.unit, atol=1e-5)
    assert near.any(axis=1).all()
    assert ((bits[:, None] != bits).sum(axis=-1)[near] == 1).all()


def test_channels_have_unit_entries():
    rng = np.random.default_rng(1)
    rayleigh = channels.rayleigh(200, 4, 16, rng)
    assert np.mean(np.abs(rayleigh) ** 2) == pytest.approx(1, abs=0.05)
    assert abs(np.mean(rayleigh**2)) < 0.05
    sight = channels.line_of_sight(20, 4, 16, rng)
    np.testing.assert_allclose(np.abs(sight), 1, atol=1e-6)
    # A plane wave: the same phase step from antenna to antenna.
    step = sight[..., 1:] / sight[..., :-1]
    np.testing.assert_allclose(step, np.broadcast_to(step[..., :1], step.shape), atol=1e-4)
    with pytest.raises(InputError, match="16 users do not fit"):
        channels.line_of_sight(1, 16, 16, rng)


def test_bad_channels_are_named():
    bad = np.ones((2, 4, 8), dtype=np.complex64)
    bad[1, 2, 3] = np.nan
    with pytest.raises(InputError, match=r"channel\[1, 2, 3\] = .*nan.* is not finite"):
        channels.check(bad, 4, 8)
    with pytest.raises(InputError, match=r"shape \(2, 4, 8\), expected \(..., 8, 4\)"):
        channels.check(bad, 8, 4)


@pytest.mark.parametrize(
    ("system", "text"),
    [
        ((4, 5, "qpsk"), "5 users are more than 4 antennas"),
        ((4, 0, "qpsk"), "users must be at least 1, not 0"),
        ((4, 2, "8psk"), "'8psk' is not supported; choose from qpsk, 16qam, 64qam"),
    ],
)
def test_bad_systems(system, text):
    with pytest.raises(InputError, match=text):
        System(*system)


def formula(parameters, channel, symbols):
    """The algorithm as the paper writes it, one vector at a time, with the matrix A."""
    s = symbols[:, None]
    a = (np.eye(len(s)) - s @ s.conj().T / np.linalg.norm(s) ** 2) @ channel
    v = parameters.start * channel.conj().T @ s
    for tau, rho in zip(parameters.tau, parameters.rho, strict=True):
        z = rho * (v - tau * a.conj().T @ a @ v)
        v = np.clip(z.real, -1, 1) + 1j * np.clip(z.imag, -1, 1)
    return v[:, 0]


@pytest.mark.parametrize("size", [(8, 3, "qpsk"), (16, 4, "64qam"), (5, 5, "16qam")])
def test_unfolded_is_the_formula(size):
    system = System(*size)
    rng = np.random.default_rng(2)
    parameters = PrecoderParameters(
        system, rng.uniform(0.3, 2, 3) / system.antennas, rng.uniform(0.8, 2, 3), 0.7
    )
    blocks = system.blocks(3, 5, "rayleigh", rng)
    precoder = UnfoldedPrecoder.from_parameters(parameters)
    found = precoder.iterates(torch.from_numpy(blocks.channel), torch.from_numpy(blocks.symbols))
    sent = precoder.precode(blocks.channel, blocks.symbols)
    for block in range(3):
        for vector in range(5):
            wanted = formula(parameters, blocks.channel[block], blocks.symbols[block, :, vector])
            got = found[-1][block, :, vector].detach().numpy()
            np.testing.assert_allclose(got, wanted, atol=2e-5)
    np.testing.assert_allclose((np.abs(sent) ** 2).sum(axis=1), 1, rtol=1e-5)
    assert (np.sign(sent.real) == np.where(found[-1].real.detach() < 0, -1, 1)).all()


def test_sign_of_zero_and_its_gradient():
    v = torch.tensor([[[0.0 + 0.5j], [-0.01 + 0j]]], requires_grad=True)
    x = one_bit(v, width=0.02)
    torch.testing.assert_close(x.detach(), torch.tensor([[[1 + 1j], [-1 + 1j]]]) / 2)
    x.real.sum().backward()
    torch.testing.assert_close(v.grad.real, torch.full((1, 2, 1), 25.0))


def test_shapes_are_checked():
    precoder = UnfoldedPrecoder(System(8, 2, "qpsk"), 2)
    with pytest.raises(InputError, match=r"expected \(blocks, 2, 8\)"):
        precoder(torch.zeros(1, 8, 2, dtype=torch.complex64), torch.zeros(1, 2, 1))
    with pytest.raises(InputError, match=r"expected \(1, 2, vectors\)"):
        precoder(torch.zeros(1, 2, 8, dtype=torch.complex64), torch.zeros(2, 2, 1))


def test_zero_forcing_delivers_the_symbols_and_wiener_beats_it_in_noise():
    system = System(12, 4, "16qam")
    blocks = system.blocks(30, 6, "rayleigh", np.random.default_rng(3))
    errors = {}
    for kind in linear.KINDS:
        x = linear.precode(kind, blocks.channel, blocks.symbols, 0.0)
        assert np.mean((np.abs(x) ** 2).sum(axis=1)) == pytest.approx(1, rel=1e-4)
        noise = torch.full((30,), float(noise_power(0.0)))
        tensors = (torch.from_numpy(a) for a in (x, blocks.channel, blocks.symbols))
        errors[kind] = losses.block_mse(*tensors, noise).item()
        if kind == "zf":
            received = blocks.channel @ x
            beta = receiver.scale("block", blocks.symbols, received)
            np.testing.assert_allclose(beta * received, blocks.symbols, atol=1e-4)
    assert errors["wf"] < errors["zf"] < errors["zf-1bit"] and errors["wf"] < errors["wf-1bit"]


def test_receivers_undo_their_own_kind_of_scale():
    rng = np.random.default_rng(4)
    symbols = System(8, 4, "qpsk").blocks(2, 5, "rayleigh", rng).symbols
    per_vector = rng.uniform(0.5, 2, (2, 1, 5))
    np.testing.assert_allclose(
        receiver.scale("genie-real", symbols, symbols / per_vector), per_vector
    )
    turned = per_vector * np.exp(1j * per_vector)
    np.testing.assert_allclose(
        receiver.scale("genie", symbols, symbols / turned), turned, rtol=1e-6
    )
    per_block = np.array([2.0, 0.5]).reshape(2, 1, 1)
    np.testing.assert_allclose(receiver.scale("block", symbols, symbols / per_block), per_block)
    with pytest.raises(InputError, match="receiver 'guess' is unknown"):
        receiver.scale("guess", symbols, symbols)


def test_losses_of_known_errors():
    symbols = torch.tensor([[[1 + 1j, 1 - 1j], [-1 + 1j, 1 + 1j]]])
    identity, quiet = torch.eye(2, dtype=torch.complex64)[None], torch.zeros(1)
    for loss in losses.LOSSES.values():
        assert loss(3 * symbols, identity, symbols, quiet).item() == pytest.approx(0, abs=1e-6)
    # Noise as strong as the signal: half of the energy is lost.
    even = torch.full((1,), 2.0)
    assert losses.block_mse(symbols, identity, symbols, even).item() == pytest.approx(0.5)
    assert losses.max_user_mse(symbols, identity, symbols, even).item() == pytest.approx(0.5)
    one_silent = symbols * torch.tensor([[1.0], [0.0]])
    assert losses.max_user_mse(one_silent, identity, symbols, quiet).item() == pytest.approx(1)
    assert losses.block_mse(one_silent, identity, symbols, quiet).item() == pytest.approx(0.5)


def test_parameters_survive_a_file(tmp_path):
    system = System(8, 2, "qpsk")
    made = PrecoderParameters(system, np.array([0.1, 0.2]), np.array([1.0, 1.5]), 0.5, {"a": 1})
    read = PrecoderParameters.load(made.save(tmp_path / "p.npz"))
    assert (read.system, read.start, read.metadata["a"]) == (system, 0.5, 1)
    np.testing.assert_array_equal(read.tau, made.tau)
    exported = UnfoldedPrecoder.from_parameters(read).export()
    np.testing.assert_allclose(exported.rho, made.rho, rtol=1e-6)
    with pytest.raises(InputError, match=r"tau\[1\] = nan is not a number > 0"):
        PrecoderParameters(system, np.array([0.1, np.nan]), np.ones(2))
    with pytest.raises(InputError, match="no published constants for 8 antennas"):
        PrecoderParameters.published(system, 2)
    (tmp_path / "bad.npz").write_text("hello")
    with pytest.raises(InputError, match="bad.npz: not a parameters file"):
        PrecoderParameters.load(tmp_path / "bad.npz")


@pytest.mark.parametrize("name", NAMES)
def test_expected_errors_are_the_mean_of_counted_ones(name):
    points, bits, symbols = all_symbols(name)
    rng, deviation = np.random.default_rng(6), 0.4 * points.unit
    received = symbols + 0.5 * points.unit * rng.uniform(-1, 1, len(symbols))
    noise = rng.standard_normal((4000, len(symbols), 2)) * deviation
    found = points.decide(received + noise[..., 0] + 1j * noise[..., 1])
    counted = (found != bits).sum(axis=2).mean(axis=0)
    expected = points.expected_errors(symbols, received, deviation)
    assert counted.sum() == pytest.approx(expected.sum(), rel=0.05)
    np.testing.assert_allclose(counted, expected, atol=0.05)


def test_expected_ber_is_the_counted_one():
    system, snr_db = System(16, 4, "16qam"), 8.0
    blocks = system.blocks(2000, 5, "rayleigh", np.random.default_rng(7))
    sent = linear.precode("wf-1bit", blocks.channel, blocks.symbols, snr_db)
    for kind in receiver.RECEIVERS:
        counted = link.errors_per_user(system, blocks, sent, snr_db, kind).sum() / blocks.bits.size
        assert counted == pytest.approx(
            link.expected_ber(system, blocks, sent, snr_db, kind), rel=0.03
        )


def test_counted_errors_are_those_of_the_gaussian_tail():
    """QPSK after zero forcing: every user sees +-sqrt(1/2) / beta in noise N0 / 2 an axis."""
    system, snr_db, betas = System(8, 2, "qpsk"), 0.0, []

    def zero_forcing(channel, symbols, snr_db):
        x = linear.precode("zf", channel, symbols, snr_db)
        betas.append(receiver.scale("genie", symbols, channel @ x).ravel())
        return x

    count = link.measure({"zf": zero_forcing}, system, snr_db, errors=3000, vectors=2)["zf"]
    amplitude = 0.5**0.5 / np.concatenate(betas)
    wanted = norm.sf(amplitude / np.sqrt(noise_power(snr_db) / 2)).mean()
    low, high = count.interval
    assert low < wanted < high and count.bit_errors >= 3000
    assert count.bits == count.vectors * 4 and count.vectors == 2 * count.blocks


def test_rates():
    # Newcombe, Stat. Med. 17 (1998), table I: 81 of 263 and 1 of 29.
    assert rates.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert rates.wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert rates.wilson(0, 20)[0] == 0
    # Ten blocks, all errors in one of them.
    clumped = link.ErrorCount(0.0, 100, 10, 1000, 50, 2500, 50, 1)
    spread = link.ErrorCount(0.0, 100, 10, 1000, 50, 250, 50, 1)
    assert clumped.design_effect == pytest.approx(250 / 4.75) and spread.design_effect == 1
    assert clumped.interval[1] > spread.interval[1]


def test_published_constants_give_the_known_rate():
    """128x16, QPSK at 2 dB, 24 iterations: 7.1e-3 over long runs."""
    system = System(128, 16, "qpsk")
    precoder = UnfoldedPrecoder.from_parameters(PrecoderParameters.published(system, 24))
    found = link.measure(
        {"c2po": lambda h, s, _: precoder.precode(h, s)}, system, 2.0, errors=700
    )["c2po"]  # fmt: skip
    low, high = found.interval
    assert low < 7.1e-3 < high
