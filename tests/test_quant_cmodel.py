"""The C model: the same bits, flags and iteration counts as golden, at every vector width."""

import subprocess

import numpy as np
import pytest
from as_shipped import AsShipped
from scipy import stats
from small_specs import deficient_graph, scattered_graph, small_spec, uneven_channel

from model import catalog
from model.channel import noise_deviation
from model.encode import Encoder, syndrome
from model.errors import InputError
from quant import cmodel, golden
from quant.cmodel import CModel, __main__
from quant.cmodel.binding import Link
from quant.cmodel.tables import value_bits
from quant.fit import default_spec
from quant.golden.channel import largest_value
from quant.spec import Channel, Relaxation, load

# Between them: all message widths, both value widths, every map sharing, both rises, relaxation,
# partial columns, rows of different degree, Z of 1 and a Z that no vector divides.
FEATURES = {
    "2 bits": dict(z=3, message_bits=2),
    "3 bits, edge maps, partial columns": dict(z=6, maps="edge", partial=True),
    "4 bits, mid_tread, no early stop": dict(
        z=5, message_bits=4, rise="mid_tread", early_stop=False
    ),
    "5 bits, relaxed, 16-bit values": dict(z=4, message_bits=5, relaxation=Relaxation(2, 3)),
    "6 bits, one map, a wide channel": dict(z=1, message_bits=6, maps="one", app_bits=9),
    "relaxed, no fraction, edge maps": dict(z=7, maps="edge", relaxation=Relaxation(1, 0)),
    "ties": dict(z=3, ties=True),
    "ties of three": dict(z=4, ties=2),
    "ties of three, edge maps": dict(z=3, ties=2, maps="edge", message_bits=4),
    "ties of three, odd values": dict(z=3, app_bits=9, even=True, ties=2, maps="edge"),
    "ties, 5 bits, edge maps": dict(z=5, ties=True, message_bits=5, maps="edge", app_bits=9),
    "8 bits, nothing saturates": dict(z=4, app_bits=8, partial=True, ties=True),
    "a table of channel values": dict(z=4, channel=uneven_channel(), partial=True),
    "relaxed in 8 bits": dict(z=3, message_bits=2, relaxation=Relaxation(3, 1)),
}


def codes_of(spec, frames: int, seed: int = 7) -> np.ndarray:
    """Easy, hard and impossible frames in turn, so that lanes end at different times."""
    rng = np.random.default_rng(seed)
    quiet = rng.integers(0, 8, (frames, spec.n)) - (rng.random((frames, spec.n)) < 0.1) * 8
    noise = rng.integers(-128, 128, (frames, spec.n))
    return np.where(rng.random((frames, 1)) < 0.7, quiet, noise).astype(np.int8)


def widths(model: CModel):
    """Every vector width of this processor, set in turn."""
    for size in (16, 32, 64):
        try:
            model.use_vector_bytes(size)
        except InputError:
            continue
        yield size
    model.use_vector_bytes(0)


def assert_equal(found, due):
    assert (found.iterations == due.iterations).all()
    assert (found.decoded == due.decoded).all()
    assert (found.bits == due.bits).all()


def assert_all_equal(found, due):
    assert_equal(found, due)
    assert found.soft.dtype == due.soft.dtype and (found.soft == due.soft).all()
    assert (found.unsatisfied == due.unsatisfied).all()
    assert not found.differs(due).any()


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES)
def test_equals_golden(features):
    spec = small_spec(**features)
    model, codes = CModel(spec, every_width=True), codes_of(spec, 333)
    due = golden.decode(spec, codes)
    if spec.early_stop:
        assert len(set(due.iterations.tolist())) > 2 and 0 < due.decoded.sum() < 333
    sizes = list(widths(model))
    assert sizes[0] == 16
    for _ in widths(model):
        for frames in (1, 333):
            assert_equal(model.decode(codes[:frames]), golden.decode(spec, codes[:frames]))
        assert_all_equal(model.decode(codes, soft=True), due)


@pytest.mark.parametrize("features", [
    dict(z=6, maps="edge", partial=True),
    dict(z=4, app_bits=8),
    dict(z=4, message_bits=5, relaxation=Relaxation(2, 3)),
])  # fmt: skip
def test_channel_values_as_golden_takes_them(features):
    """Any values within the limit, not only those of codes."""
    spec = small_spec(**features)
    model, limit = CModel(spec, every_width=True), largest_value(spec)
    rng = np.random.default_rng(2)
    values = rng.integers(-limit, limit + 1, (150, spec.n_variables))
    values[:100] = np.abs(values[:100]) * np.where(rng.random(values[:100].shape) < 0.1, -1, 1)
    state = golden.start(spec, values=values)
    golden.iterate(spec, state, spec.iterations)
    due = golden.finish(spec, state)
    assert 0 < due.decoded.sum() < 150
    for _ in widths(model):
        assert_all_equal(model.decode_values(values), due)
    with pytest.raises(ValueError, match="values: .* must be"):
        model.decode_values(values * 2)


def test_more_odd_checks_than_a_byte_counts():
    """Many of 520 checks are odd where the channel is noise and one iteration is all there is."""
    spec = small_spec(130, iterations=1, ties=True)
    model, codes = CModel(spec, every_width=True), codes_of(spec, 40)
    due = golden.decode(spec, codes)
    assert due.unsatisfied.max() > 128 and value_bits(spec) == 8
    for _ in widths(model):
        assert_all_equal(model.decode(codes, soft=True), due)


def test_decode_soft_wants_codes_or_values(default):
    call, values = default._call["decode_soft"], np.full(default.spec.n_variables, 9999, np.int16)
    room = [np.zeros(0, np.uint8)] * 3 + [np.zeros(0, np.int16), np.zeros(0, np.int32)]
    pointer = values.ctypes.data
    for codes, given, frames in ((None, None, 0), (pointer, pointer, 0), (None, pointer, 1)):
        assert call(codes, given, frames, *room) == -1


def test_values_take_eight_bits_where_that_is_enough():
    assert value_bits(small_spec(3)) == 8
    assert value_bits(small_spec(3, app_bits=8)) == 8  # no sum is larger than 127
    assert value_bits(small_spec(3, app_bits=9)) == 16
    assert value_bits(small_spec(3, relaxation=Relaxation(2, 3))) == 16
    wide = small_spec(3, message_bits=2, relaxation=Relaxation(3, 1))
    assert value_bits(wide) == 8


@pytest.fixture(scope="module")
def default() -> CModel:
    from quant.sources import spec_for

    return AsShipped(spec_for("qc_ldpc"), every_width=True)


@pytest.mark.parametrize(
    "spec",
    [
        default_spec(catalog.get("ccsds_128_64")),
        default_spec(catalog.get("nr5g_bg1_z8_n400_k150")),
        small_spec(5, partial=True),
        small_spec(6, graph=deficient_graph(6)),
        default_spec(scattered_graph()),
    ],
    ids=lambda spec: spec.code.name,
)
def test_encodes_and_finds_the_information_as_the_encoder_does(spec):
    encoder = Encoder(spec.graph())
    bits = np.random.default_rng(1).integers(0, 2, (700, encoder.k), dtype=np.uint8)
    model = CModel(spec, every_width=True)
    due = encoder.encode(bits)
    assert (model.information_positions == encoder.information_positions).all()
    for _ in widths(model):
        assert (model.encode(bits) == due).all()
    assert (model.extract_information(due) == bits).all()
    noise = 1 - due
    assert (model.extract_information(noise) == noise[:, spec.information_positions]).all()


def test_the_header_names_the_information_bits():
    scattered = small_spec(6, graph=deficient_graph(6))
    for spec, text in ((small_spec(5), "0..24"), (scattered, "0..18, 24")):
        header = cmodel.sources(spec)["tiny_cmodel.h"]
        assert f"in ascending order:\n// {text}.\n" in header


def test_quantises_as_golden_does(default):
    """A table of values, mid_rise and mid_tread; the last two of models that other tests use."""
    rng = np.random.default_rng(2)
    uniform = [FEATURES[name] for name in ("2 bits", "4 bits, mid_tread, no early stop")]
    for spec in (default.spec, *(small_spec(**features) for features in uniform)):
        llr = rng.normal(0, 8, (60_000 // spec.n, spec.n)).astype(np.float32)
        llr[0, :16] = np.arange(-8, 8) * spec.channel.lsb_llr
        found = (default if spec is default.spec else CModel(spec)).quantise(llr)
        assert (found == golden.quantise_llr(spec, llr)).all()


LINKS = [
    Link("awgn", 1, noise_deviation(2.8, 0.75)),
    Link("bsc", 1, 0.03),
    Link("rayleigh", 1, 0.4),
    Link("awgn", 4, 0.2),
    Link("rayleigh", 6, 0.05),
    Link("awgn", 8, 0.06),
]


@pytest.mark.parametrize("link", LINKS, ids=str)
def test_simulated_frames_are_those_that_golden_sees(default, link):
    """Fast cells, refilled lanes and counting against the same frames taken step by step."""
    spec, where = default.spec, dict(seed=5, point=77, first=450, frames=150)
    words, llr = default.frames(link, **where)
    assert not syndrome(spec.graph(), words).any()
    due = golden.decode(spec, golden.quantise_llr(spec, llr))
    information = Encoder(spec.graph()).information_positions
    errors = (due.bits != words)[:, information].sum(axis=1)
    for _ in widths(default):
        found = default.simulate(link, **where)
        assert (found.bit_errors == errors).all()
        assert (found.decoded == due.decoded).all()
        assert (found.iterations == due.iterations).all()


def test_a_frame_depends_on_its_number_only(default):
    link = LINKS[0]
    words, llr = default.frames(link, 5, 77, 500, 30)
    again_words, again_llr = default.frames(link, 5, 77, 510, 3)
    assert (words[10:13] == again_words).all() and (llr[10:13] == again_llr).all()
    for seed, point in ((6, 77), (5, 78), (5 + 2**32, 77)):
        other_words, other_llr = default.frames(link, seed, point, 500, 30)
        assert 0.4 < (other_words != words).mean() < 0.6
        assert (other_llr != llr).mean() > 0.99


def test_cells_have_their_exact_probabilities(default):
    """Chi-square of the quantiser's cells against the normal distribution, per sent bit."""
    spec, link = default.spec, LINKS[0]
    words, llr = default.frames(link, 11, 3, 0, 1024)
    codes = golden.quantise_llr(spec, llr)
    sent = words[:, spec.transmitted]
    low = spec.channel.minimum_code
    cuts = np.array(spec.channel.cuts)
    edges = np.concatenate([-cuts[::-1], [0], cuts]) * spec.channel.lsb_llr
    sigma = link.parameter
    for bit, mean in ((0, 1.0), (1, -1.0)):
        below = stats.norm.cdf((edges * sigma**2 / 2 - mean) / sigma)
        due = np.diff(np.concatenate([[0.0], below, [1.0]]))
        found = np.bincount(codes[sent == bit] - low, minlength=len(due))
        assert stats.chisquare(found, due * found.sum()).pvalue > 1e-3


def test_noise_is_normal_and_independent(default):
    words, llr = default.frames(LINKS[0], 12, 3, 0, 512)
    sigma = LINKS[0].parameter
    sign = 1.0 - 2.0 * words[:, default.spec.transmitted]
    noise = (llr * sign * sigma**2 / 2 - 1) / sigma
    assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-3
    for shifted in (noise[:, 1:] * noise[:, :-1], noise[1:] * noise[:-1]):
        assert abs(shifted.mean()) < 4 / np.sqrt(shifted.size)
    assert abs(words[:, :64].mean() - 0.5) < 4 * 0.5 / np.sqrt(64 * 512)


def test_philox_known_answers(tmp_path, default):
    """Against the vectors published with the generator (Random123, kat_vectors)."""
    texts = cmodel.sources(default.spec)
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.cpp").write_text("""
#include "qc_ldpc_cmodel.cpp"
#include <cstdio>
static void show(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t key) {
    uint64_t w[4] = {a, b, c, d};
    philox(w, key);
    for (uint64_t x : w) std::printf("%08x ", unsigned(x));
}
int main() {
    const uint64_t ones = 0xffffffff;
    show(0, 0, 0, 0, 0);
    show(ones, ones, ones, ones, ~uint64_t(0));
    show(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0x299f31d0a4093822);
}
""")
    command = ["g++", "-std=c++17", "-O0", "-DCM_PORTABLE", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    found = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout
    assert found.split() == (
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8 408f276d 41c83b0e a20bc7c6 6d5451fd "
        "d16cfe09 94fdcceb 5001e420 24126ea1"
    ).split()


def test_the_header_serves_a_c_program(tmp_path):
    spec = small_spec(3)
    __main__.main(["--spec", str(spec.save(tmp_path / "s.json")), "--out", str(tmp_path / "c")])
    (tmp_path / "c" / "main.c").write_text("""
#include <stdio.h>
#include "tiny_cmodel.h"
int main(void) { printf("%s %d %d", tiny_spec_sha(), tiny_n(), tiny_k()); return 0; }
""")
    for command in (
        ["g++", "-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-c",
         "tiny_cmodel.cpp"],
        ["gcc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "main.c"],
        ["g++", "main.o", "tiny_cmodel.o", "-o", "main"],
    ):  # fmt: skip
        subprocess.run(command, cwd=tmp_path / "c", check=True)
    run = subprocess.run([tmp_path / "c" / "main"], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [spec.sha, str(spec.n), str(spec.k)]
    assert load(tmp_path / "s.json") == spec


def test_no_compiler_and_no_cache_are_one_line(monkeypatch, tmp_path):
    spec = small_spec(3)
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(InputError, match="no-such-compiler is not on PATH"):
        CModel(spec)
    monkeypatch.delenv("CXX")
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("sys.prefix", "/proc/none")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(InputError, match="no writable folder for compiled C models"):
        CModel(spec)


def test_arrays_of_the_wrong_shape_are_named(default):
    with pytest.raises(InputError, match=r"\(2, 5\), \(frames, 1296\) is due"):
        default.decode(np.zeros((2, 5), np.int8))
    with pytest.raises(InputError, match="no 24-byte vectors"):
        default.use_vector_bytes(24)


def test_the_build_folder_holds_the_sources(tmp_path):
    from hw import build

    spec = small_spec(3)
    record = build.build(spec, tmp_path / "b")
    texts = cmodel.sources(spec)
    assert set(texts) == set(record["c_model"])
    assert all((tmp_path / "b" / name).read_text() == text for name, text in texts.items())


@pytest.mark.parametrize("lsb_llr", [0.5, 0.25, 1.5])
def test_no_llr_lies_on_the_edge_of_two_cells(lsb_llr):
    """There a 1's cell is not the mirrored cell of a 0, which the fast draw takes it for."""
    spec = small_spec(3, channel=Channel(4, lsb_llr, "mid_rise", 0))
    _, llr = CModel(spec).frames(Link("awgn", 1, 0.7), 1, 1, 0, 20_000)
    assert (llr.view(np.uint32) & 1).all()
    assert not (llr / np.float32(lsb_llr) == np.round(llr / np.float32(lsb_llr))).any()
