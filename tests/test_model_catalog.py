"""Every named code against known sizes, ranks and edge counts, and against other libraries."""

import warnings

import galois
import numpy as np
import pytest

from model import catalog
from model import codes as command
from model.catalog import nr5g
from model.encode import Encoder
from model.errors import InputError

RATES = {"r12": (1, 2), "r23": (2, 3), "r34": (3, 4), "r56": (5, 6)}
FOUR_CYCLES = {"wifi_648_r34": 2, "wifi_1296_r23": 2, "wifi_1944_r23": 1}
SHORT = {
    # name: n, k, edges
    "ccsds_128_64": (128, 64, 512),
    "bch_15_11": (15, 11, 4 * 8),
    "bch_31_16": (31, 16, 15 * 8),
    "bch_63_36": (63, 36, 27 * 18),
    "bch_63_45": (63, 45, 18 * 24),
    "bch_63_51": (63, 51, 12 * 28),
    "bch_127_64": (127, 64, 63 * 34),
    "bch_63_36_cycle_reduced": (63, 36, 384),
}
ADAPTIVE = {
    # name: n, k, Z, cycles of four over Z
    "adaptive_c2": (3224, 1615, 403, 0),
    "adaptive_c3": (4016, 2765, 251, 0),
    "adaptive_c6": (1050, 875, 25, 12),
    "adaptive_c7": (1050, 850, 25, 10),
}


def cycles_of_four(graph):
    """Number of cycles of length 4."""
    matrix = graph.parity_check_matrix().astype(np.int64)
    common = (matrix @ matrix.T).toarray()
    pairs = common[np.triu_indices(graph.n_checks, 1)]
    return int((pairs * (pairs - 1) // 2).sum())


def test_names():
    names = catalog.names()
    assert len(names) == len(set(names)) == 12 + len(ADAPTIVE) + len(SHORT) + 2 * 51
    assert set(SHORT) < set(names)
    assert all(catalog.source(name) for name in names)
    assert "802.11" in catalog.source("qc_ldpc")


@pytest.mark.parametrize("name", ADAPTIVE)
def test_codes_of_adaptive_decoders(name):
    """Sizes, true k and cycles of four of github.com/comsys2/adaptive-wbp's matrices."""
    n, k, z, cycles = ADAPTIVE[name]
    graph = catalog.get(name)
    assert (graph.n, graph.k, graph.block.lifting_size) == (n, k, z)
    assert cycles_of_four(graph) == cycles * z
    assert "Tasdighi" in catalog.source(name)


@pytest.mark.parametrize("n", [648, 1296, 1944])
@pytest.mark.parametrize("rate", RATES)
def test_wifi(n, rate):
    graph = catalog.get(f"wifi_{n}_{rate}")
    above, below = RATES[rate]
    assert (graph.n, graph.k) == (n, n * above // below)
    assert graph.rank == graph.n_checks
    assert graph.block.lifting_size == n // 24
    assert graph.n_edges == graph.n_block_edges * (n // 24)
    # The standard's own tables have cycles of length 4 in three of the twelve.
    assert cycles_of_four(graph) == FOUR_CYCLES.get(graph.name, 0) * (n // 24)
    # Dual diagonal behind one column of weight three.
    parity = graph.block.exponents[:, -graph.block.exponents.shape[0] :] >= 0
    assert parity.sum(axis=0).tolist() == [3] + [2] * (parity.shape[1] - 1)


def test_default_code():
    graph = catalog.get("qc_ldpc")
    assert graph.name == "wifi_1296_r34"
    assert (graph.n, graph.k, graph.n_block_edges, graph.n_edges) == (1296, 972, 88, 4752)


@pytest.mark.parametrize("name", SHORT)
def test_short_codes(name):
    graph = catalog.get(name)
    assert (graph.n, graph.k, graph.n_edges) == SHORT[name]
    matrix = graph.parity_check_matrix().toarray()
    assert np.linalg.matrix_rank(galois.GF2(matrix)) == graph.rank
    assert graph.block is None
    if name.startswith("bch") and "reduced" not in name:
        assert len(set(graph.check_degrees.tolist())) == 1


def bch_generator(n, k):
    """Generator polynomial of the narrow-sense BCH code, lowest power first, from its roots."""
    primitive = {15: 0b10011, 31: 0b100101, 63: 0b1000011, 127: 0b10001001}[n]
    powers = [1]
    for _ in range(n - 1):
        double = powers[-1] << 1
        powers.append(double ^ primitive if double > n else double)
    logarithm = {value: power for power, value in enumerate(powers)}
    roots = set()
    for first in range(1, n, 2):
        if len(roots) == n - k:
            break
        roots |= {first * 2**j % n for j in range(n.bit_length())}
    assert len(roots) == n - k
    polynomial = [1]
    for root in roots:
        shifted = [0, *polynomial]
        for power, value in enumerate(polynomial):
            if value:
                shifted[power] ^= powers[(logarithm[value] + root) % n]
        polynomial = shifted
    assert set(polynomial) == {0, 1}
    return polynomial


@pytest.mark.parametrize("name", [name for name in SHORT if name.startswith("bch")])
def test_bch_codes_are_the_bch_codes(name):
    """Every shift of the generator polynomial, lowest power first, satisfies every check."""
    n, k, _ = SHORT[name]
    generator = np.array(bch_generator(n, k) + [0] * (k - 1), dtype=np.uint8)
    words = np.array([np.roll(generator, shift) for shift in range(k)])
    assert not (catalog.get(name).parity_check_matrix() @ words.T & 1).any()


def test_cycle_reduced_matrix_has_fewer_short_cycles():
    assert cycles_of_four(catalog.get("bch_63_36_cycle_reduced")) < cycles_of_four(
        catalog.get("bch_63_36")
    )


@pytest.mark.parametrize(
    ("graph_number", "block_edges", "rows", "columns", "systematic"),
    [(1, 316, 46, 68, 22), (2, 197, 42, 52, 10)],
)
def test_5g_every_lifting_size(graph_number, block_edges, rows, columns, systematic):
    assert len(nr5g.LIFTING_SIZES) == 51
    for size in nr5g.LIFTING_SIZES:
        graph = catalog.get(f"nr5g_bg{graph_number}_z{size}")
        assert graph.n_block_edges == block_edges
        assert graph.n_edges == block_edges * size
        assert graph.block.exponents.shape == (rows, columns)
        assert graph.n == (columns - 2) * size
        assert np.flatnonzero(graph.punctured).tolist() == list(range(2 * size))
        if size <= 64 or size == 384:
            assert graph.k == systematic * size


def test_5g_lifting_sets():
    # TS 38.212 Table 5.3.2-2, row 0, column 0: 250 307 73 223 211 294 0 135.
    first = {2: 0, 256: 250, 3: 1, 384: 307, 320: 73, 7: 6, 288: 211, 352: 294, 208: 0, 240: 135}
    for size, shift in first.items():
        assert catalog.get(f"nr5g_bg1_z{size}").block.exponents[0, 0] == shift


@pytest.mark.parametrize(
    ("name", "n", "k", "rows"),
    [
        ("nr5g_bg2_z52_n1200_k500", 1200, 500, 16),
        ("nr5g_bg1_z24_n1200", 1200, 528, 30),
        ("nr5g_bg1_z24_k500", 66 * 24 - 28, 500, 46),
        ("nr5g_bg2_z10_n104", 104, 100, 4),
        ("nr5g_bg1_z8_n177_k176", 177, 176, 4),
    ],
)
def test_5g_rate_matching(name, n, k, rows):
    graph = catalog.get(name)
    assert (graph.n, graph.k) == (n, k)
    assert graph.block.exponents.shape[0] == rows
    assert graph.rate == k / n
    # Shortened and punctured lanes trail in their block column: the leading ones are sent.
    sent = np.zeros(graph.n_variables, bool)
    sent[graph.transmitted] = True
    assert (np.diff(sent.reshape(-1, graph.block.lifting_size).astype(int), axis=1) <= 0).all()


@pytest.mark.filterwarnings("ignore")
def test_5g_codewords_equal_sionna():
    """Rate matching, shortening, shift direction and parity: bit for bit against Sionna."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch = pytest.importorskip("torch")
        ldpc = pytest.importorskip("sionna.phy.fec.ldpc")
        rng = np.random.default_rng(1)
        for k, n in ((500, 1200), (44, 132), (1000, 1500), (300, 400), (640, 900), (2000, 5000)):
            peer = ldpc.LDPC5GEncoder(k, n)
            graph_number = {"bg1": 1, "bg2": 2}[peer._bg]
            graph = catalog.get(f"nr5g_bg{graph_number}_z{int(peer.z)}_n{n}_k{k}")
            information = rng.integers(0, 2, (8, k), dtype=np.uint8)
            want = peer(torch.tensor(information, dtype=torch.float32)).cpu().numpy()
            sent = Encoder(graph).encode(information)[:, graph.transmitted]
            assert (sent == want).all(), graph.name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wifi_1269_r34", "no code is named 'wifi_1269_r34'; near: wifi_1296_r34"),
        ("qcldpc", "near: qc_ldpc"),
        ("bch_63_44", "near: bch_63_45"),
        ("?", "see python -m model.codes --list"),
        ("nr5g_bg1_z25", "Z = 25 is not a lifting size of 5G NR; near: 22, 24, 26, 28"),
        ("nr5g_bg1_z" + "9" * 5000, "no code is named"),
        ("nr5g_bg3_z24", "base graph 3 is not 1 or 2"),
        ("nr5g_bg2_z10_n100", "n = 100 is outside 101..500"),
        ("nr5g_bg2_z10_n501", "n = 501 is outside 101..500"),
        ("nr5g_bg2_z10_k20", "k = 20 is outside 21..100"),
        ("nr5g_bg2_z10_k101", "k = 101 is outside 21..100"),
    ],
)
def test_unknown_names(name, message):
    with pytest.raises(InputError) as caught:
        catalog.get(name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_command(capsys, tmp_path):
    assert command.main(["--list"]) == 0
    assert "wifi_1944_r56" in capsys.readouterr().out.split()
    assert command.main(["qc_ldpc", "--save", str(tmp_path / "c.qc"), "--json"]) == 0
    assert '"k": 972' in capsys.readouterr().out
    assert command.main([str(tmp_path / "c.qc")]) == 0
    assert "972" in capsys.readouterr().out


def test_command_says_that_a_matrix_is_rank_deficient(capsys, tmp_path):
    path = tmp_path / "c.qc"
    path.write_text("2 2 3\n0 0\n0 0\n")
    assert command.main([str(path)]) == 0
    assert "3, 3 rows follow from others" in capsys.readouterr().out
