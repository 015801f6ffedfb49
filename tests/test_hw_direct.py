"""Direct decoders: Verilog against golden in both forms, node by node, and what is refused."""

from dataclasses import replace

import compiled_proof
import numpy as np
import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.sim import Simulator
from small_specs import flooding_spec

from hw.build import build
from hw.direct import relax
from hw.direct.check_node import CheckNode
from hw.direct.estimate import estimate
from hw.direct.graph import MAX_DEGREE, Graph
from hw.direct.messages import Values
from hw.direct.options import Options
from hw.direct.variable_node import VariableNode
from hw.lib.arithmetic import signed_bits
from hw.lib.devices import DEFAULT, DEVICES
from hw.lib.magnitude import magnitude_code
from model import catalog
from model.code import TannerGraph
from model.errors import InputError
from quant import sources
from quant.fit import default_spec
from quant.golden.messages import magnitude_index
from quant.golden.minsearch import extrinsic_index, two_minima
from quant.golden.relaxation import updated
from quant.min_sum.family import DIRECT_DEGREE, DIRECT_EDGES
from quant.spec import FLOODING, Relaxation
from sim import cosim

CASES = {
    "untied edge maps, iterated": (dict(z=3, maps="edge"), {}),
    "5 bits, relaxed, nine stages": (
        dict(z=2, message_bits=5, relaxation=Relaxation(2, 2), maps="one"), {"stages": 9},
    ),
    "thermometers, six stages": (dict(z=2, maps="edge"), {"stages": 6}),
    "thermometers of two classes, nine stages": (dict(z=2, maps="edge"), {"stages": 9}),
    "punctured and shortened, little fraction, unrolled": (
        dict(z=2, partial=True, relaxation=Relaxation(2, 1), maps="edge", iterations=3),
        {"form": "unrolled", "llrs_per_beat": 4, "bits_per_beat": 8},
    ),
    "odd words, full rate, no early stop, unrolled": (
        dict(z=2, maps="one", iterations=3, early_stop=False), {"form": "unrolled", "stages": 3},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    features, options = CASES[case]
    spec = flooding_spec(**features)
    if case.startswith("odd"):
        maps = replace(spec.maps, codebook=((1, 5, 9, 13),), index=((0,) * spec.n_block_edges,) * 3)
        spec = replace(spec, maps=maps)
    record = build(spec, tmp_path / "build", options)
    compiled_proof.prove(tmp_path / "build", frames=120, seed=3)
    if not spec.early_stop:
        result = cosim.run(tmp_path / "build", frames=120, seed=3, faults=False)
        assert (result.frames, result.fault) == (120, None)
        assert result.cycles_per_frame == record["cycles_per_frame_full"] == 1


def outputs_of(node, sets: list[dict]) -> list[dict]:
    """Output values of a combinational component for each set of inputs."""
    found = []

    async def bench(ctx):
        for inputs in sets:
            for path, value in inputs.items():
                target = getattr(node, path[0]) if isinstance(path, tuple) else getattr(node, path)
                ctx.set(target[path[1]] if isinstance(path, tuple) else target, value)
            await ctx.delay(1e-9)
            names = [name for name in node.signature.members if name not in inputs]
            found.append({name: ctx.get(getattr(node, name)) for name in names})

    simulator = Simulator(node)
    simulator.add_testbench(bench)
    simulator.run()
    return found


@pytest.mark.parametrize("message_bits", [3, 5])
@pytest.mark.parametrize("degree", [1, 2, 3, 7, 24])
def test_check_node_is_golden(degree, message_bits):
    size = 1 << (message_bits - 1)
    code = magnitude_code(tuple(range(1, size)))
    levels = [[tuple(range(e % 3, size + e % 3))] for e in range(degree)]
    node = CheckNode(code, levels, [Values(t[0][-1], False) for t in levels], None, 0)
    rng = np.random.default_rng(degree)
    index = rng.integers(0, size, degree)
    negative = rng.integers(0, 2, degree)
    given = {("x", e): (1 << i) - 1 if size == 4 else i for e, i in enumerate(index.tolist())}
    given["negative"] = int(sum(b << e for e, b in enumerate(negative)))
    (found,) = outputs_of(node, [given])
    m1, m2 = two_minima(index.astype(np.uint8)[:, None], size - 1)
    due = extrinsic_index(index[:, None], m1, m2)[:, 0] if degree > 1 else [size - 1]
    for e in range(degree):
        sign = (negative.sum() - negative[e]) % 2
        assert found["messages"][f"m{e}"] == (-1 if sign else 1) * levels[e][0][due[e]], e


@pytest.mark.parametrize("degree", [1, 2, 3, 4, 5, 11])
@pytest.mark.parametrize("kind", ["odd", "whole", "fraction"])
def test_variable_node_adds_and_quantises(degree, kind):
    rng = np.random.default_rng(degree)
    thresholds = (4, 8, 16) if kind == "odd" else tuple(range(1, 16))
    values = [Values(13, kind == "odd") for _ in range(degree)]
    fraction = 2 if kind == "fraction" else 0
    node = VariableNode(Values(15, kind == "odd"), values, fraction,
                        magnitude_code(thresholds), False)  # fmt: skip
    sets, due = [], []
    for _ in range(20):
        words = rng.integers(-13 << fraction, (13 << fraction) + 1, degree)
        channel = int(rng.integers(-8, 8)) * 2 + 1
        words = words | 1 if kind == "odd" else words
        used = (words + (1 << fraction >> 1)) >> fraction
        word = channel if node.bias is None else (channel >> 1) + node.bias
        given = {("messages", f"m{i}"): int(w) >> (kind == "odd") for i, w in enumerate(words)}
        sets.append(given | {"channel": word})
        due.append((channel + int(used.sum()), used.tolist()))
    for found, (total, used) in zip(outputs_of(node, sets), due, strict=True):
        assert found["decision"] == (total < 0)
        for i, own in enumerate(used):
            told = total - own
            index = int(magnitude_index(np.array(told), thresholds))
            assert found["x"][i] == ((1 << index) - 1 if kind == "odd" else index)
            assert found["negative"] >> i & 1 == (told < 0)


@pytest.mark.parametrize("relaxation", [Relaxation(1, 1), Relaxation(2, 3), Relaxation(3, 1)])
def test_relaxation_split_in_two_is_the_same(relaxation):
    level, bits = 7, signed_bits(7 << relaxation.frac_bits)
    stored, new, after = Signal(signed(bits)), Signal(signed(4)), Signal(signed(bits))
    m = Module()
    left = relax.decayed(stored, relaxation)
    m.d.comb += after.eq(relax.updated(left, new, relaxation))

    async def bench(ctx):
        limit = level << relaxation.frac_bits
        for old in range(-limit, limit + 1):
            for answer in range(-level, level + 1):
                ctx.set(stored, old)
                ctx.set(new, answer)
                await ctx.delay(1e-9)
                due = int(updated(np.array(old), np.array(answer), relaxation))
                assert ctx.get(after) == due, (old, answer)

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()


BIG = "bch_127_64"


@pytest.mark.parametrize(
    ("code", "options", "message"),
    [
        (BIG, {"form": "unrolled"}, "at most 1 of 10 iterations fit"),
        ("bch_63_45", {"form": "unrolled"}, "COMB unrolled for 432 edges, ecp5-85k has 83640"),
        ("bch_63_45", {"form": "unrolled"}, "iterations fit .--architecture layered takes far"),
        ("bch_31_16", {"form": "folded"}, "form is 'folded', known: iterated, unrolled"),
        ("bch_31_16", {"stages": 10}, "stages is 10, must be 2 to 9"),
        ("bch_31_16", {"bits_per_beat": 12}, "bits_per_beat is 12"),
        ("bch_31_16", {"slots": 2}, "--slots 2: not an option of kind 'tanner_flooding'"),
    ],
)
def test_what_cannot_be_built_is_one_line(code, options, message, tmp_path):
    with pytest.raises(InputError, match=message):
        build(sources.spec_for(code), tmp_path / "out", options)
    assert not any((tmp_path / "out").glob("*"))


def test_degree_above_the_limit_is_named(tmp_path):
    lines = ["70 2", "1 69", " ".join(["1"] * 70), "69 1"]
    lines += ["1"] * 69 + ["2", " ".join(str(v) for v in range(1, 70)), "70" + " 0" * 68]
    path = tmp_path / "wide.alist"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="check 0 has degree 69, a direct decoder takes up to 64"):
        build(sources.spec_for(str(path), architecture="direct"), tmp_path / "out")


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        ("1 2 2 1 0\n3 3\n1\n1 2\n1 2\n2\n0", "1 2 3\n2 3 4", "column 5 is in no check"),
        ("1 1 2 1 1\n3 0 3\n1\n1\n1 3\n3\n3", "1 2 3\n0\n3 4 5", "row 2 is empty"),
    ],
)
def test_nodes_without_edges_are_named(columns, rows, message, tmp_path):
    path = tmp_path / "loose.alist"
    path.write_text(f"5 {rows.count(chr(10)) + 1}\n2 3\n{columns}\n{rows}\n")
    with pytest.raises(InputError, match=message):
        build(sources.spec_for(str(path)), tmp_path / "out")


def test_bch_127_64_fits_iterated_and_not_unrolled():
    spec = default_spec(catalog.get(BIG), schedule="flooding", max_maps=1)
    graph = Graph(spec)
    folded = estimate(spec, graph, Options().resolved(spec))
    assert folded.comb <= DEVICES[DEFAULT].comb
    unrolled = Options(form="unrolled").resolved(spec)
    assert estimate(spec, graph, unrolled).comb > DEVICES[DEFAULT].comb


def test_what_a_file_gets_directly_fits_the_device(tmp_path):
    """The largest code without structure that is built with a wire an edge by default."""
    checks = DIRECT_EDGES // 2
    edges = np.repeat(np.arange(checks), 2), np.arange(2 * checks)
    code = TannerGraph.from_edges(*edges, checks, 2 * checks, "x")
    spec = default_spec(code, schedule="flooding")
    graph = Graph(spec)
    assert estimate(spec, graph, Options().resolved(spec)).comb <= DEVICES[DEFAULT].comb
    assert DIRECT_DEGREE == MAX_DEGREE


def test_architecture_chooses_the_schedule():
    kinds = {
        (code, asked): sources.spec_for(code, architecture=asked).kind
        for code in ("bch_31_16", "wifi_648_r12")
        for asked in (None, "direct", "layered", "flooding")
    }
    assert kinds["bch_31_16", None] == kinds["bch_31_16", "direct"] == FLOODING
    assert kinds["wifi_648_r12", "direct"] == kinds["wifi_648_r12", "flooding"] == FLOODING
    assert kinds["wifi_648_r12", None] == kinds["bch_31_16", "layered"] == "qc_ldpc_layered"
    assert sources.spec_for("ccsds_128_64", architecture="layered").kind == "qc_ldpc_layered"
    known = "there are layered, flooding, direct"
    with pytest.raises(InputError, match=f"--architecture spiral: unknown, {known}$"):
        sources.spec_for("bch_31_16", architecture="spiral")


def test_pipeline_follows_the_graph():
    small, wide = sources.spec_for("bch_31_16"), sources.spec_for("bch_63_45")
    assert Options().resolved(small).stages == 2
    assert Options().resolved(wide).stages == 9
    assert Options(form="unrolled").resolved(small).llrs_per_beat == 32
