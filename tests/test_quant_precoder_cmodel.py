"""The precoder's C model: bits, counts and simulated errors of golden, at every vector width."""

import subprocess
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from small_precoders import small_precoder

from model.errors import InputError
from model.precoder import link
from model.precoder.system import Blocks
from quant.cmodel import __main__ as command
from quant.cmodel.library import compiled
from quant.precoder import golden
from quant.precoder.cmodel import Downlink, PrecoderModel, sources
from quant.precoder.cmodel.emit import arithmetic
from quant.precoder.cmodel.equality import compare
from quant.precoder.fit import Words
from quant.precoder.spec import Coefficient, Round, Word
from quant.sources import spec_for

SHIPPED = ["mimo_precoder", *(f"mimo_precoder_{n}" for n in ("32x4", "64x8", "qpsk", "t6", "t8"))]
BYTES, PAIRS, PLAIN = (32, True, True), (32, True, False), (32, False, False)
WIDE = (64, False, False)


def words(h: Word, x: Word, w: Word, **others) -> Words:
    return Words(h, x, w, **others)


def rise(bits: int) -> Word:
    return Word(bits, "mid_rise")


def tread(bits: int) -> Word:
    return Word(bits, "mid_tread")


# Between them: every constellation, rise and arithmetic, antennas and users that no vector and no
# block divides, one user, more users than a draw serves.
SMALL = {
    "qpsk": (dict(constellation="qpsk"), BYTES),
    "16qam, odd sizes": (dict(antennas=7, users=3, iterations=3), BYTES),
    "64qam, odd sizes": (dict(antennas=13, users=5, constellation="64qam"), BYTES),
    "one user": (dict(antennas=2, users=1, iterations=1), WIDE),
    "many users": (dict(antennas=19, users=18), BYTES),
    "mid-tread, a residual narrower than symbols": (
        dict(constellation="64qam", words=words(tread(5), tread(4), tread(3))), BYTES,
    ),
    "pairs": (
        dict(antennas=9, users=5, words=words(tread(8), rise(5), tread(8), coefficient_bits=14)),
        PAIRS,
    ),
    "wide": (
        dict(antennas=9, users=5, words=words(
            tread(14), rise(14), tread(14), u_bits=20, projection_bits=22, projection_frac_bits=4,
            h_range=6.0, coefficient_bits=26,
        )), WIDE,
    ),
}  # fmt: skip


def small(features: dict):
    return small_precoder(**features)


def plain_spec():
    """16-bit words of few users whose sums still fit 32 bits."""
    one, small, down = (Coefficient((term,)) for term in ((1, 0), (1, -18), (-1, -18)))
    return replace(
        small_precoder(3, 1, 1, "qpsk"), h=rise(15), x=rise(3), w=rise(6), h_step=2.0**-14,
        u_bits=14, u_shift=8, w_shift=9, start=small, rounds=(Round(one, down),) * 2,
    )  # fmt: skip


def widths(model: PrecoderModel):
    """Every vector width of this processor, set in turn."""
    for size in (16, 32, 64):
        try:
            model.use_vector_bytes(size)
        except InputError:
            continue
        yield size
    model.use_vector_bytes(0)


def inputs(spec, channels: int, vectors: int, seed: int = 3):
    """Channel values, one half normal and one half anything that the word holds, and symbols."""
    rng = np.random.default_rng(seed)
    shape = (channels, spec.users, spec.antennas)
    h = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) * 0.5**0.5
    values, _ = golden.quantise_channel(spec, h)
    largest = spec.h.maximum
    whole = rng.integers(-largest, largest + 1, values.shape)
    whole = 2 * (whole // 2) + 1 if spec.h.rise == "mid_rise" else whole
    # Rows of one sign make the largest sums.
    whole[: channels // 2] = np.where(rng.random((channels // 2, spec.users, 1, 1)) < 0.5, -1, 1)
    whole[: channels // 2] *= largest
    whole = np.clip(whole, -largest, largest)
    values = np.where(rng.random((channels, 1, 1, 1)) < 0.5, values, whole)
    top = spec.largest_symbol
    symbols = 2 * rng.integers(0, top + 1, (channels, vectors, spec.users, 2)) - top
    return values, symbols


def assert_golden(model: PrecoderModel, h, symbols):
    due = golden.precode(model.spec, h, symbols)
    sizes = []
    for size in widths(model):
        found = model.precode(h, symbols)
        assert found.bits.dtype == np.uint8 and (found.bits == due.bits).all(), size
        assert found.saturated == due.saturated
        sizes.append(size)
    assert sizes[0] == 16
    return due


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_specs_equal_golden(name):
    spec = spec_for(name)
    model = PrecoderModel(spec, every_width=True)
    h, symbols = inputs(spec, 6, 101)
    assert_golden(model, h, symbols)
    found = compare(spec, 600, seed=4)
    assert found.vectors == 1000 and found.differing == 0 and found.counts_agree
    assert found.saturated > 0


@pytest.mark.parametrize("features, due", SMALL.values(), ids=SMALL)
def test_small_specs_equal_golden(features, due):
    spec = small(features)
    chosen = arithmetic(spec)
    assert (chosen.value_bits, chosen.pairs, chosen.bytes) == due
    model = PrecoderModel(spec, every_width=True)
    for channels, vectors in ((12, 75), (3, 1), (2, 16), (1, 33)):
        assert_golden(model, *inputs(spec, channels, vectors, seed=vectors))


def test_wide_entries_in_sums_of_32_bits_equal_golden():
    spec = plain_spec()
    chosen = arithmetic(spec)
    assert (chosen.value_bits, chosen.pairs, chosen.bytes) == PLAIN
    assert_golden(PrecoderModel(spec, every_width=True), *inputs(spec, 12, 40))


def test_any_leading_shape(tiny):
    h, symbols = inputs(tiny.spec, 6, 5)
    one, due = tiny.precode(h[0], symbols[0]), golden.precode(tiny.spec, h[0], symbols[0])
    assert one.bits.shape == due.bits.shape and (one.bits == due.bits).all()
    h, symbols = h.reshape(2, 3, *h.shape[1:]), symbols.reshape(2, 3, *symbols.shape[1:])
    assert (tiny.precode(h, symbols).bits == golden.precode(tiny.spec, h, symbols).bits).all()
    none = tiny.precode(h, symbols[:, :, :0])
    assert none.bits.shape == (2, 3, 0, tiny.spec.antennas, 2) and none.saturated == 0


@pytest.fixture(scope="module")
def tiny() -> PrecoderModel:
    return PrecoderModel(small_precoder(antennas=7, users=3, iterations=3), every_width=True)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128, np.float32, np.float64, np.int64])
@pytest.mark.parametrize("word", [rise(6), tread(6)], ids=str)
def test_channels_are_quantised_as_golden_does(dtype, word):
    spec = replace(small_precoder(antennas=7, users=3, iterations=3), h=word)
    model = PrecoderModel(spec, every_width=True)
    rng = np.random.default_rng(8)
    h = 3 * (rng.standard_normal((40, 3, 7)) + 1j * rng.standard_normal((40, 3, 7)))
    steps = np.arange(-42, 42).reshape(4, 3, 7) * spec.h_step  # on the edges of values
    h = np.concatenate([h, steps + 1j * steps[::-1] / 2, h[:1] * 1e30])
    if np.dtype(dtype).kind != "c":
        h = np.clip(h.real, -1e9, 1e9)
    h = h.astype(dtype)
    due, due_saturated = golden.quantise_channel(spec, h)
    found, saturated = model.quantise_channel(h)
    assert (found == due).all() and saturated == due_saturated > 0


def exact(blocks: Blocks) -> Blocks:
    """In double precision, as the C model counts."""
    return Blocks(
        blocks.channel.astype(complex), blocks.bits,
        blocks.symbols.astype(complex), blocks.noise.astype(complex),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["mimo_precoder_32x4", "64qam, odd sizes", "wide"])
@pytest.mark.parametrize("vectors", [1, 45])
def test_simulated_errors_are_those_of_golden(name, vectors):
    """Channels, symbols and noise as they are exposed, sim.ber's receiver, golden's bits."""
    spec = small(SMALL[name][0]) if name in SMALL else spec_for(name)
    model, downlink, where = PrecoderModel(spec), Downlink(9.0, vectors), (5, 77, 450, 12)
    blocks = model.vectors(downlink, *where)
    h, clipped = golden.quantise_channel(spec, blocks.channel)
    symbols = np.stack([blocks.symbols.real, blocks.symbols.imag], axis=-1).swapaxes(1, 2)
    odd = np.rint(symbols / spec.system.constellation.unit).astype(int)
    each = [golden.precode(spec, *pair) for pair in zip(h, odd, strict=True)]
    signs = 1.0 - 2.0 * np.stack([found.bits for found in each])
    sent = (signs[..., 0] + 1j * signs[..., 1]).swapaxes(1, 2) * (2 * spec.antennas) ** -0.5
    due = link.errors_per_user(spec.system, exact(blocks), sent, 9.0, "genie")
    assert due.sum() > 0
    for _ in widths(model):
        again = model.vectors(downlink, *where)
        for part in ("channel", "bits", "symbols", "noise"):
            assert (getattr(again, part) == getattr(blocks, part)).all()
        found = model.simulate(downlink, *where)
        assert (found.bit_errors == due).all()
        assert found.saturated.tolist() == [one.saturated for one in each]
        assert found.channel_saturated.sum() == clipped


def test_counts_do_not_depend_on_the_split(tiny):
    downlink = Downlink(4.0, 37)
    whole = tiny.simulate(downlink, 11, 3, 100, 30)
    parts = [tiny.simulate(downlink, 11, 3, first, count) for first, count in
             ((100, 1), (101, 17), (118, 0), (118, 12))]  # fmt: skip
    for field in ("bit_errors", "saturated", "channel_saturated"):
        joined = np.concatenate([getattr(part, field) for part in parts])
        assert (joined == getattr(whole, field)).all()
    for seed, point, first in ((12, 3, 100), (11 + 2**32, 3, 100), (11, 4, 100), (11, 3, 130)):
        other = tiny.simulate(downlink, seed, point, first, 30)
        assert (other.bit_errors != whole.bit_errors).mean() > 0.5
    longer = tiny.vectors(Downlink(4.0, 80), 11, 3, 100, 2)
    shorter = tiny.vectors(downlink, 11, 3, 100, 2)
    assert (longer.symbols[:, :, :37] == shorter.symbols).all()
    assert (longer.noise[:, :, :37] == shorter.noise).all()


def test_draws_have_their_distributions(tiny):
    blocks = tiny.vectors(Downlink(0.0, 300), 2, 1, 0, 400)
    for drawn in (blocks.channel, blocks.noise):
        parts = np.stack([drawn.real, drawn.imag]).reshape(2, -1)[:, :40_000]
        for part in parts * 2**0.5:
            assert stats.kstest(part, "norm").pvalue > 1e-3
        assert abs((parts[0] * parts[1]).mean()) < 4 * 0.5 / parts.shape[1] ** 0.5
        flat = drawn.ravel()
        assert abs((np.abs(flat) ** 2).mean() - 1) < 4 / flat.size**0.5
        assert abs((flat[1:] * flat[:-1].conj()).mean()) < 4 / flat.size**0.5
        magnitude = np.abs(flat) ** 2
        assert stats.kstest(magnitude[:40_000], "expon").pvalue > 1e-3
    assert abs(blocks.bits.mean() - 0.5) < 4 * 0.5 / blocks.bits.size**0.5
    assert (tiny.spec.system.constellation.symbols(blocks.bits) == blocks.symbols).all()
    grid = blocks.channel.view(np.float32) * 4096
    assert (np.round(grid) == grid).all()


def test_error_rate_is_that_of_the_link(tiny):
    """Against sim.ber's own channels, symbols and noise, within the interval of both."""
    spec = tiny.spec
    found = tiny.simulate(Downlink(6.0, 20), 1, 1, 0, 4000).bit_errors.sum()
    due = link.measure(
        {"spec": lambda h, s, _: golden.transmit(spec, h, s)}, spec.system, 6.0, errors=10**9,
        most_vectors=20_000,
    )["spec"]  # fmt: skip
    rate = found / (4000 * 20 * spec.users * spec.system.constellation.bits_per_symbol)
    assert abs(rate - due.ber) < 2 * (due.interval[1] - due.interval[0])


def test_the_portable_code_equals_golden(tiny, monkeypatch):
    """What a processor without x86's instructions compiles."""
    portable = lambda self, *flags: compiled(self._texts(), "-DCM_PORTABLE")  # noqa: E731
    monkeypatch.setattr(PrecoderModel, "_compiled", portable)
    model = PrecoderModel(tiny.spec)
    assert list(widths(model)) == [16]
    assert_golden(model, *inputs(tiny.spec, 8, 40))
    monkeypatch.undo()
    found, due = (each.simulate(Downlink(9.0, 20), 1, 2, 3, 4) for each in (model, tiny))
    assert (found.bit_errors == due.bit_errors).all()


WRONG = {
    "channel of another shape": (
        lambda h, s: (h[:, :2], s), r"shape \(2, 2, 7, 2\), expected \(\.\.\., 3, 7, 2\)"),
    "no channel": (lambda h, s: (h[0, 0], s), r"channel has shape \(7, 2\)"),
    "symbols of other users": (
        lambda h, s: (h, s[:, :, :2]), r"shape \(2, 4, 2, 2\), expected \(2, vectors, 3, 2\)"),
    "symbols of other channels": (lambda h, s: (h, s[:1]), r"symbols have shape \(1, 4, 3, 2\)"),
    "symbols without vectors": (lambda h, s: (h[0], s[0, 0]), r"symbols have shape \(3, 2\)"),
    "channel of floats": (lambda h, s: (h * 1.0, s), "channel values are of type float64"),
    "symbols of floats": (lambda h, s: (h, s * 1.0), "symbol parts are of type float64"),
    "a channel value too large": (lambda h, s: (h + 100, s), r"channel value \d+ is none of"),
    "a channel value too small": (lambda h, s: (h - 200, s), r"channel value -\d+ is none of"),
    "an even channel value": (lambda h, s: (h * 0, s), "channel value 0 is none of the spec's"),
    "an even symbol": (lambda h, s: (h, s + 1), "symbol part -?[024] is none of 16qam's odd"),
    "a large symbol": (lambda h, s: (h, s * 5), r"symbol part -?\d+ is none of 16qam's odd"),
    "symbols that bytes would wrap": (lambda h, s: (h, s + 256), r"symbol part 25\d is none of"),
}  # fmt: skip


@pytest.mark.parametrize("change, message", WRONG.values(), ids=WRONG)
def test_wrong_arrays_are_one_line(tiny, change, message):
    h, symbols = inputs(tiny.spec, 2, 4)
    with pytest.raises(InputError, match=message) as caught:
        tiny.precode(*change(h, symbols))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change, message", [
    (lambda h: h[:2], r"channel has shape \(2, 7\)"),
    (lambda h: h * np.nan, r"channel\[0, 0\] = .*nan.* is not finite"),
    (lambda h: h.astype(np.float16), "channel is of type float16"),
    (lambda h: h.astype(str), "channel is of type <U32"),
], ids=["shape", "nan", "half precision", "text"])  # fmt: skip
def test_wrong_channels_are_one_line(tiny, change, message):
    with pytest.raises(InputError, match=message):
        tiny.quantise_channel(change(np.ones((3, 7))))


@pytest.mark.parametrize("link_values, where, message", [
    ((float("nan"), 4), (1, 1, 0, 1), "SNR in dB is nan"),
    ((10.0, 0), (1, 1, 0, 1), "vectors of a block is 0"),
    ((10.0, 2**40), (1, 1, 0, 1), "vectors of a block is 1099511627776"),
    ((10.0, 4), (-1, 1, 0, 1), "seed is -1"),
    ((10.0, 4), (1, 2**32, 0, 1), "point is 4294967296"),
    ((10.0, 4), (1, 1, -1, 1), "first block is -1"),
    ((10.0, 4), (1, 1, 0, -1), "blocks is -1"),
    ((10.0, 4), (1, 1, 2**56 - 1, 2), "blocks is 2"),
])  # fmt: skip
def test_wrong_numbers_are_one_line(tiny, link_values, where, message):
    with pytest.raises(InputError, match=message):
        tiny.simulate(Downlink(*link_values), *where)


def test_an_unknown_width_is_one_line(tiny):
    with pytest.raises(InputError, match="no 24-byte vectors"):
        tiny.use_vector_bytes(24)


def test_the_header_serves_a_c_program(tmp_path):
    spec = small_precoder(antennas=7, users=3)
    command.main(["--spec", str(spec.save(tmp_path / "s.json")), "--out", str(tmp_path / "c")])
    (tmp_path / "c" / "main.c").write_text("""
#include <stdio.h>
#include "tiny_cmodel.h"
int main(void) {
    printf("%s %d %d", tiny_spec_sha(), tiny_antennas(), tiny_users());
    return 0;
}
""")
    for line in (
        ["g++", "-std=c++17", "-O3", "-Wall", "-Wextra", "-Werror", "-Wno-psabi", "-c",
         "tiny_cmodel.cpp"],
        ["gcc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "main.c"],
        ["g++", "main.o", "tiny_cmodel.o", "-o", "main"],
    ):  # fmt: skip
        subprocess.run(line, cwd=tmp_path / "c", check=True)
    run = subprocess.run([tmp_path / "c" / "main"], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [spec.sha, "7", "3"]


def test_the_build_folder_holds_the_sources(tmp_path):
    from hw import build

    spec = small_precoder()
    record = build.build(spec, tmp_path / "b")
    texts = sources(spec)
    assert set(texts) == set(record["c_model"])
    assert all((tmp_path / "b" / name).read_text() == text for name, text in texts.items())
