"""Parameters to spec: alphabets, folding, shared maps, relaxation, the command and its errors."""

import json
import subprocess
import sys

import numpy as np
import pytest

from model import catalog
from model.channel import random_frames
from model.code import TannerGraph
from model.encode import Encoder
from model.errors import InputError
from model.parameters import Parameters
from quant import codebook, fold, golden, spec
from quant.alphabet import Alphabet
from quant.alphabet_tables import PLAIN, PUNCTURED, default_alphabet
from quant.density.integers import odd_symmetric
from quant.fit import default_spec, fit, verilog_name
from quant.fit_command import main as run

WIFI = "wifi_648_r12"
CODES = (WIFI, "nr5g_bg2_z6", "nr5g_bg1_z2_n100_k30", "ccsds_128_64", "bch_63_45")


@pytest.fixture(scope="module")
def wifi() -> TannerGraph:
    return catalog.get(WIFI)


def random_parameters(graph: TannerGraph, seed: int, **more) -> Parameters:
    rng = np.random.default_rng(seed)
    shape = (5, graph.n_block_edges)
    alpha, beta = rng.uniform(0.4, 1.1, shape), rng.uniform(0.0, 1.0, shape)
    return Parameters(graph, alpha, beta, "block_edge", **more)


# --- alphabets -----------------------------------------------------------------------------


@pytest.mark.parametrize("tables", [PLAIN, PUNCTURED])
def test_shipped_alphabets_are_of_their_size(tables):
    assert sorted(tables) == [2, 3, 4, 5, 6]
    for bits, alphabet in tables.items():
        assert alphabet.message_bits == bits
        assert alphabet.thresholds[-1] < 1 << (alphabet.app_bits - 1)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6])
def test_other_grid_keeps_the_llr(bits):
    shipped = default_alphabet(bits)
    finer = shipped.on_grid(app_shift=shipped.app_shift + 1)
    assert finer.app_bits == shipped.app_bits + 1
    assert finer.thresholds == tuple(2 * t for t in shipped.thresholds)
    assert finer.app_lsb_llr * 2 == shipped.app_lsb_llr
    for stage, doubled in zip(shipped.magnitudes, finer.magnitudes, strict=True):
        np.testing.assert_allclose(np.multiply(stage, 2), doubled)


def test_coarse_grid_keeps_thresholds_apart():
    coarse = default_alphabet(6).on_grid(channel_bits=3, rise="mid_tread")
    assert list(coarse.thresholds) == sorted(set(coarse.thresholds))


def test_low_rate_gets_a_finer_channel():
    shipped = default_alphabet(3)
    assert shipped.for_rate(0.2).lsb_llr < shipped.for_rate(0.75).lsb_llr == shipped.lsb_llr


@pytest.mark.parametrize(
    "change, message",
    [
        ({"thresholds": (4, 4, 13)}, r"thresholds\[1\] is 4"),
        ({"thresholds": (0, 4, 13)}, r"thresholds\[0\] is 0"),
        ({"thresholds": (4, 8)}, "thresholds: 2 given"),
        ({"magnitudes": ((1.0, 5.0, 4.0, 9.0),)}, r"magnitudes\[0\]\[2\] is 4.0"),
        ({"magnitudes": ((1.0, 5.0),)}, "magnitudes: 2 given"),
        ({"stage_starts": (1,)}, "stages start at"),
        ({"rise": "flat"}, "rise is 'flat'"),
        ({"lsb_llr": -1.0}, "lsb is -1.0"),
        ({"channel_bits": 9}, "channel bits is 9"),
    ],
)
def test_bad_alphabet_is_named(change, message):
    good = {
        "channel_bits": 4, "rise": "mid_rise", "app_shift": 0, "app_bits": 7, "lsb_llr": 0.9,
        "thresholds": (4, 8, 13), "magnitudes": ((1.0, 5.0, 9.0, 18.0),),
    }  # fmt: skip
    Alphabet(**good)
    with pytest.raises(InputError, match=message):
        Alphabet(**{**good, **change})


# --- folding and sharing ---------------------------------------------------------------------


def test_folded_levels_follow_the_formula(wifi):
    parameters = random_parameters(wifi, 1)
    alphabet = default_alphabet(3)
    tables = fold.tables(parameters.alpha, parameters.beta, alphabet)
    assert tables.shape == (5, wifi.n_block_edges, 8)  # the second half for ties
    expected = parameters.alpha[3, 7] * max(
        alphabet.magnitudes_at(3)[2] - parameters.beta[3, 7] / alphabet.app_lsb_llr, 0
    )
    assert tables[3, 7, 2] == pytest.approx(expected)
    levels = codebook.integer_levels(tables, 63, 4).reshape(5, -1, 2, 4)
    assert (np.diff(levels, axis=-1) >= 0).all() and levels.min() >= 0 and levels.max() <= 63


def test_integer_levels_round_clip_and_stay_monotone():
    levels = codebook.integer_levels(np.array([[0.5, 0.4, 2.5, 99.0]]), 31, 4)
    assert levels.tolist() == [[1, 1, 3, 31]]
    even = codebook.integer_levels(np.array([[0.9, 1.0, 4.9, 99.0]]), 31, 4, step=2)
    assert even.tolist() == [[0, 2, 4, 30]]


def test_the_odd_grid_makes_every_app_value_odd(tmp_path):
    out = tmp_path / "odd.json"
    argv = ["--code", WIFI, "--odd-grid", "--app-bits", "9", "--out", str(out)]
    assert run(argv) == 0
    odd, plain = spec.load(out), default_spec(catalog.get(WIFI))
    assert odd_symmetric(odd) and odd.app_bits == 9
    assert odd.channel.values == (1, 5, 9, 13, 17, 21, 25, 29)
    assert odd.thresholds == tuple(2 * t for t in plain.thresholds)
    llr = np.linspace(-9, 9, 181)
    assert (golden.quantise_llr(odd, llr) == golden.quantise_llr(plain, llr)).all()
    with pytest.raises(InputError, match="odd grid is for a mid_rise channel .* not for mid_tread"):
        run([*argv, "--rise", "mid_tread"])


def test_columns_of_as_many_edges_share_a_map(wifi):
    fitted = fit(random_parameters(wifi, 2), map_by="column_degree", max_maps=16)
    columns = fitted.code.edge_columns
    degrees = [columns.count(column) for column in columns]
    for row in fitted.maps.index:
        assert all(row[degrees.index(d)] == entry for d, entry in zip(degrees, row, strict=True))
    assert any(len(set(row)) > 1 for row in fitted.maps.index)


def test_few_distinct_tables_are_kept_exactly():
    tables = np.array([[1.0, 4.0], [1.2, 3.8], [2.0, 9.0]])
    book, index = codebook.share(tables, 2, 31, tables.shape[-1])
    assert book.tolist() == [[1, 4], [2, 9]] and index.tolist() == [0, 0, 1]


@pytest.mark.parametrize("max_maps", [1, 2, 4, 8])
def test_codebook_is_small_nearest_and_better_when_larger(max_maps):
    tables = np.sort(np.random.default_rng(3).uniform(0, 30, (400, 4)), axis=1)
    book, index = codebook.share(tables, max_maps, 31, tables.shape[-1])
    assert len(book) <= max_maps and set(index) == set(range(len(book)))
    distance = ((tables[:, None] - book[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(distance[np.arange(400), index], distance.min(axis=1))
    if max_maps > 1:
        one = codebook.share(tables, 1, 31, tables.shape[-1])
        assert codebook.cost(tables, book, index) < codebook.cost(tables, *one)


@pytest.mark.parametrize("map_by", fold.MAP_BY)
def test_map_by_says_what_shares_a_map(wifi, map_by):
    fitted = fit(random_parameters(wifi, 2), map_by=map_by, max_maps=16)
    index = np.array(fitted.maps.index)
    rows = np.repeat(np.arange(len(fitted.code.rows)), [len(r) for r in fitted.code.rows])
    if map_by in ("iteration", "one"):
        assert (index == index[:, :1]).all()
    if map_by == "layer":
        assert all(len(set(index[t, rows == r])) == 1 for t in range(5) for r in set(rows))
    if map_by == "block_edge":
        assert len(fitted.maps.codebook) > 2


def test_parameters_per_edge_are_averaged_over_the_block(wifi):
    rng = np.random.default_rng(5)
    alpha = rng.uniform(0.5, 1.0, (2, wifi.n_edges))
    by_edge = Parameters(wifi, alpha, np.zeros_like(alpha), "edge")
    folded, _ = fold.per_block_edge(by_edge, np.arange(wifi.n_block_edges))
    np.testing.assert_allclose(folded[1, 4], alpha[1, wifi.block_edge_of_edge == 4].mean())


@pytest.mark.parametrize(
    "gamma, shift",
    [(0.863, 3), (0.875, 3), (0.5, 1), (0.7, 2), (0.9999, 8), (0.1, None), (None, None)],
)
def test_gamma_becomes_a_shift(gamma, shift):
    relaxation = fold.relaxation_of(gamma)
    assert (relaxation.shift if relaxation else None) == shift
    if relaxation:
        assert relaxation.frac_bits == min(shift, 3)


def test_one_channel_weight_scales_the_step_others_are_refused(wifi):
    plain = fit(random_parameters(wifi, 1))
    scaled = fit(random_parameters(wifi, 1, channel_weight=np.full(wifi.n_variables, 1.25)))
    assert scaled.channel.lsb_llr == pytest.approx(plain.channel.lsb_llr / 1.25)
    weight = np.linspace(0.9, 1.1, wifi.n_variables)
    with pytest.raises(InputError, match="channel weights run from 0.9 to 1.1"):
        fit(random_parameters(wifi, 1, channel_weight=weight))


def test_other_iteration_counts_truncate_or_repeat_the_last(wifi):
    parameters = random_parameters(wifi, 6)
    assert fit(parameters, iterations=3, max_maps=16).iterations == 3
    longer = fit(parameters, iterations=8, max_maps=16, message_bits=5)
    assert longer.maps.index[7] == longer.maps.index[4]


# --- whole specs -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("message_bits", [2, 3, 4, 5, 6])
def test_default_spec_of_many_codes(name, message_bits, tmp_path):
    graph = catalog.get(name)
    made = default_spec(graph, message_bits, iterations=4)
    assert made.message_bits == message_bits and made.n == graph.n and made.k == graph.k
    assert spec.load(made.save(tmp_path / "s.json")).sha == made.sha


@pytest.mark.parametrize(
    "name, ebn0_db", [(WIFI, 3.5), ("nr5g_bg2_z20", 3.0), ("ccsds_128_64", 5.5), ("bch_63_45", 7.5)]
)
@pytest.mark.parametrize("message_bits", [3, 4, 5, 6])
def test_default_spec_decodes(name, ebn0_db, message_bits):
    graph = catalog.get(name)
    made = default_spec(graph, message_bits)
    words, llr = random_frames(graph, Encoder(graph), 60, ebn0_db, np.random.default_rng(4))
    decoded = golden.decode(made, golden.quantise_llr(made, llr))
    wrong = (decoded.bits != words).any(axis=1)
    assert wrong.sum() <= 2
    assert not (wrong & decoded.decoded).any()


def test_shipped_preset_is_for_the_default_code():
    graph = catalog.get("qc_ldpc")
    shipped = spec.load("quant/presets/qc_ldpc.json")
    assert shipped.graph().edges_sha == graph.edges_sha
    assert shipped.message_bits == 3 and shipped.iterations == 10 and shipped.early_stop


@pytest.mark.parametrize(
    "options, message",
    [
        ({"max_maps": 0}, "max-maps is 0"),
        ({"max_maps": 17}, "max-maps is 17"),
        ({"iterations": 0}, "iterations is 0"),
        ({"map_by": "colour"}, "map-by is 'colour'"),
        ({"message_bits": 7}, "message bits is 7"),
        ({"frac_bits": 2}, "frac-bits is 2, but the messages are not relaxed"),
        ({"name": "9lives"}, "'9lives' is not a Verilog identifier"),
    ],
)
def test_bad_options_are_named(wifi, options, message):
    with pytest.raises(InputError, match=message):
        default_spec(wifi, **options)


def test_sum_product_weights_are_refused(wifi):
    parameters = Parameters.constant(wifi, 2, 1.0)
    parameters.metadata["rule"] = "sum-product"
    with pytest.raises(InputError, match="rule 'sum-product'"):
        fit(parameters)


def test_offsets_that_leave_nothing_are_refused(wifi):
    shape = (2, wifi.n_block_edges)
    with pytest.raises(InputError, match="every level rounds to 0"):
        fit(Parameters(wifi, np.ones(shape), np.full(shape, 99.0), "block_edge"))


def test_verilog_name():
    assert verilog_name("nr5g_bg2") == "nr5g_bg2" and verilog_name("3x-y") == "code_3x_y"


def test_importing_fit_needs_no_torch():
    code = "import sys, quant.fit, quant.fit_command; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- the command ------------------------------------------------------------------------------


def test_command_writes_spec_and_json(wifi, tmp_path, capsys):
    random_parameters(wifi, 8, gamma=0.86).save(tmp_path / "p.npz")
    out = tmp_path / "s.json"
    assert run(["--params", str(tmp_path / "p.npz"), "--out", str(out), "--max-maps", "2",
                "--lsb", "0.8", "--map-by", "block_edge",
                "--note", "a test", "--json"]) == 0  # fmt: skip
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    made = spec.load(out)
    assert record["spec_sha"] == made.sha and record["lsb_llr"] == made.channel.lsb_llr == 0.8
    assert len(made.maps.codebook) <= 2 and made.iterations == 5
    assert made.relaxation.shift == record["relaxation_shift"] == 3
    assert "--max-maps 2" in made.provenance["command"]
    assert made.provenance["note"] == "a test"
    assert made.provenance["alphabet"] == "shipped table"


def test_command_takes_an_alphabet(tmp_path):
    out = tmp_path / "s.json"
    run(["--code", WIFI, "--thresholds", "3,7,12", "--magnitudes", "2,6,10,20", "--out", str(out)])
    made = spec.load(out)
    assert made.thresholds == (3, 7, 12) and made.maps.codebook == ((2, 5, 8, 15),)


def test_command_takes_stages(tmp_path):
    out = tmp_path / "s.json"
    run(["--code", WIFI, "--thresholds", "3,7,12", "--magnitudes", "0,6,10,20/2,6,10,20",
         "--stages", "0,4", "--out", str(out)])  # fmt: skip
    made = spec.load(out)
    assert made.maps.codebook == ((0, 5, 8, 15), (2, 5, 8, 15))
    assert [row[0] for row in made.maps.index] == [0] * 4 + [1] * 6


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "--params or a code"),
        (["--code", "nonsense"], "nonsense"),
        (["--code", WIFI, "--message-bits", "9"], "message bits is 9"),
        (["--code", WIFI, "--app-bits", "4"], "exceeds the 4-bit APP range"),
        (["--code", WIFI, "--relaxation-shift", "9"], "relaxation shift is 9, must be 1..8"),
        (["--code", WIFI, "--thresholds", "1,2,3"], "go together"),
        (["--code", WIFI, "--thresholds", "1,2", "--magnitudes", "1,2,3"], "3-bit messages need 3"),
        (["--code", WIFI, "--stages", "0,3"], "--stages goes with"),
        (["--code", WIFI, "--iterations", "0"], "iterations is 0"),
        (
            ["--code", WIFI, "--thresholds", "1,2,3", "--magnitudes", "1,2,nan,4"],
            r"magnitudes\[0\]\[2\] is nan",
        ),
        (
            ["--code", WIFI, "--thresholds", "1,2,3", "--magnitudes", "1,2,3,inf"],
            r"magnitudes\[0\]\[3\] is inf",
        ),
        (
            ["--code", WIFI, "--thresholds", "4,8,14", "--magnitudes", "1,14,15,20"],
            r"magnitudes\[0\]\[1\] is 14, outside its cell .* 0 to 14: .* do not interleave",
        ),
        (
            ["--code", WIFI, "--thresholds", "4,8,14", "--magnitudes", "1,5,7,7.5"],
            r"magnitudes\[0\]\[3\] is 7.5, outside its cell .* 8 on: .* do not interleave",
        ),
        (["--params", "absent.npz"], "absent.npz: cannot be read"),
    ],
)
def test_bad_commands_say_why_and_write_nothing(arguments, message, tmp_path):
    out = tmp_path / "s.json"
    with pytest.raises(InputError, match=message):
        run([*arguments, "--out", str(out)])
    assert not list(tmp_path.iterdir())


def test_parameters_of_another_code_are_refused(wifi, tmp_path):
    random_parameters(wifi, 8).save(tmp_path / "p.npz")
    with pytest.raises(InputError, match="made for code 'wifi_648_r12'"):
        run(["--params", str(tmp_path / "p.npz"), "--code", "wifi_648_r23",
             "--out", str(tmp_path / "s.json")])  # fmt: skip


def test_code_of_the_parameters_must_be_in_the_catalogue_or_named(tmp_path):
    graph = catalog.resolve("tests/data/array_z31.qc")
    path = Parameters.constant(graph, 2, 0.75).save(tmp_path / "p.npz")
    out = ["--params", str(path), "--out", str(tmp_path / "s.json")]
    with pytest.raises(InputError, match="p.npz: made for code 'array_z31', .* with --code"):
        run(out)
    assert run([*out, "--code", "tests/data/array_z31.qc"]) == 0


def test_magnitudes_may_lie_in_a_neighbouring_cell(tmp_path):
    out = tmp_path / "s.json"
    run(["--code", WIFI, "--thresholds", "4,8,14", "--magnitudes", "2.67,8,13.3,24,0,2.67,8,18.7",
         "--out", str(out)])  # fmt: skip
    assert spec.load(out).maps.codebook == ((2, 6, 10, 18, 0, 2, 6, 14),)


def test_untrained_messages_can_be_relaxed(tmp_path):
    out = tmp_path / "r.json"
    run(["--code", WIFI, "--schedule", "flooding", "--relaxation-shift", "2", "--out", str(out)])
    assert spec.load(out).relaxation == spec.Relaxation(2, 2)
