"""The annealing between placer and router: what may stand where, its times, and that it helps."""

import copy
import json
import pickle
import shutil

import numpy as np
import pytest
from small_specs import small_spec

from hw.build import build
from sim.netlist.document import load_netlist
from synth import nextpnr, yosys
from synth.output_registers import pack_output_registers
from synth.refine import resets
from synth.refine.placed import MEMORY, PLACES, REGISTER, TABLE, WRITER, placed_of
from synth.refine.refine import improve
from synth.refine.timing import Timing, timing_of, wire_table
from synth.targets import target_named

PERIOD_NS = 4.0
SEED = 3
WIDE = 20  # registers of a reset that is left out of so small a design


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """What nextpnr wrote of a small decoder between placing and routing it: design and delays."""
    folder = tmp_path_factory.mktemp("small")
    record = build(small_spec(9, even=True), folder, {"target": "ecp5"})
    device, netlist = target_named("ecp5-25k"), folder / "netlist.json"
    verilog = folder / f"{record['top']}.v"
    yosys.synthesise(verilog, record["top"], device, netlist, folder / "log")
    mapped = load_netlist(netlist)
    pack_output_registers(mapped, record["top"])
    netlist.write_text(json.dumps(mapped))

    def keep(placed, sdf, better, left_out, freq_mhz, seed):
        (folder / "resets").write_bytes(pickle.dumps(left_out))
        shutil.copy(placed, folder / "placed.json")
        shutil.copy(sdf, folder / "delays.sdf")
        shutil.copy(placed, better)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nextpnr, "refine", keep)
        patch.setattr(resets, "WIDE", WIDE)
        found = nextpnr.place_and_route(
            netlist, device, folder / "report.json", folder / "nextpnr.log",
            folder / "routed.json", seed=SEED, freq_mhz=1000 / PERIOD_NS, limit_minutes=10,
            pins=60, placer="heap")  # fmt: skip
    assert found.routed, found.reason
    return folder


@pytest.fixture
def loose_cells(kept):
    (module,) = json.loads((kept / "placed.json").read_text())["modules"].values()
    return module["cells"]


@pytest.fixture
def cells(kept, loose_cells):
    """As ``synth.refine.refine`` begins: with all resets, and where they may be."""
    resets.put_back(loose_cells, pickle.loads((kept / "resets").read_bytes()))
    placed = placed_of(loose_cells)
    resets.settle(placed)
    placed.write_back()
    return loose_cells


def timing(placed, kept) -> Timing:
    return timing_of(placed, (kept / "delays.sdf").read_text().splitlines())


def bels(cells) -> list[str]:
    return [cell["attributes"]["NEXTPNR_BEL"] for cell in cells.values()]


def mixed_tiles(placed) -> list[int]:
    """Tiles with registers of two resets."""
    at = placed.registers_at.reshape(-1, PLACES)
    signs = [{placed.tile_sign[cell] for cell in tile if cell >= 0} for tile in at]
    return [tile for tile, found in enumerate(signs) if len(found) > 1]


def longest_ns(placed, times) -> float:
    table = wire_table(placed.width, placed.height)
    return times.slack(times.wire_ns(placed.x, placed.y, table), PERIOD_NS)[0]


def test_places_are_written_as_they_were_read(cells):
    before = bels(cells)
    placed = placed_of(cells)
    placed.write_back()
    assert bels(cells) == before
    kinds = {int(kind) for kind in placed.kind}
    assert {TABLE, REGISTER, MEMORY, WRITER} <= kinds  # the design has all that the rules are about
    assert placed.tied.any() and placed.ram.any()
    assert len(set(placed.tile_sign[placed.kind == REGISTER])) > 1


def test_registers_whose_reset_was_left_out_find_tiles(kept, loose_cells):
    netlist = json.loads((kept / "netlist.json").read_text())["modules"]
    module = max(netlist.values(), key=lambda module: len(module["cells"]))
    left_out = pickle.loads((kept / "resets").read_bytes())
    assert len(left_out) >= 2 * WIDE
    resets.put_back(loose_cells, left_out)
    for name, reset in left_out.items():
        before = module["cells"][name]["connections"]["LSR"]
        assert before == module["cells"][reset.driver]["connections"]["Q"]
        after = loose_cells[name]["connections"]["LSR"]
        assert after == loose_cells[reset.driver]["connections"]["Q"] != []
    placed = placed_of(loose_cells)
    assert mixed_tiles(placed)
    homeless = resets.settle(placed)
    assert homeless >= len(mixed_tiles(placed_of(loose_cells)))
    placed.write_back()
    assert not mixed_tiles(placed_of(loose_cells))
    assert len(set(bels(loose_cells))) == len(loose_cells)
    assert resets.settle(placed) == 0


def test_a_register_leaves_a_tile_with_ram_for_its_reset(cells):
    placed = placed_of(cells)
    beside = (placed.kind == REGISTER) & placed.ram[placed.tile]
    tiles = set(placed.tile[beside & ~placed.plain])
    plain = np.flatnonzero(beside & placed.plain & np.isin(placed.tile, list(tiles)))
    register, stays = plain[0], placed.tile_sign[plain[0]]
    assert not placed.loose[register]
    others = set(placed.tile_sign[placed.loose]) - {-1, stays}
    placed.tile_sign[register] = others.pop()
    tile = placed.tile[register]
    assert resets.settle(placed) == 1
    assert placed.tile[register] != tile and placed.loose[register]
    placed.write_back()
    assert len(set(bels(cells))) == len(cells)


def test_registers_without_a_reset_make_room(kept, loose_cells):
    """A device without an empty tile."""
    resets.put_back(loose_cells, pickle.loads((kept / "resets").read_bytes()))
    placed = placed_of(loose_cells)
    used = np.bincount(placed.tile[placed.kind == REGISTER], minlength=len(placed.logic)) > 0
    placed.logic &= used
    before = placed.tile.copy()
    homeless = resets.settle(placed)
    assert (placed.tile != before)[placed.kind == REGISTER].sum() > homeless
    placed.write_back()
    assert not mixed_tiles(placed_of(loose_cells))
    assert len(set(bels(loose_cells))) == len(loose_cells)


def scatter(placed) -> None:
    """Exchange plain tables that feed no register of their own, so that there is much to mend."""
    tables = np.flatnonzero((placed.kind == TABLE) & placed.loose & (placed.partner < 0))
    others = np.random.default_rng(SEED).permutation(tables)
    assert len(tables) > 50
    for where in (placed.x, placed.y, placed.place):
        where[tables] = where[others]
    placed.write_back()


def test_it_shortens_the_longest_path_and_repeats(cells, kept):
    scatter(placed_of(cells))
    runs = []
    for seed in (SEED, SEED, SEED + 1):
        placed = placed_of(copy.deepcopy(cells))
        times = timing(placed, kept)
        before = longest_ns(placed, times)
        outcome = improve(placed, times, PERIOD_NS, seed, steps=40)
        placed.write_back()
        assert longest_ns(placed, times) < 0.97 * before
        assert outcome.before_mhz == pytest.approx(1000 / before)
        assert outcome.after_mhz == pytest.approx(1000 / longest_ns(placed, times))
        runs.append(bels(placed.cells))
    assert runs[0] == runs[1] != runs[2]


def test_the_rules_of_tiles_are_kept(cells, kept):
    placed = placed_of(cells)
    began = placed_of(copy.deepcopy(cells))
    improve(placed, timing(placed, kept), PERIOD_NS, SEED, steps=40)
    placed.write_back()
    after = placed_of(placed.cells)  # everything found anew
    assert len(set(bels(cells))) == len(cells)
    assert (after.x != began.x).any()
    same = np.isin(after.kind, (TABLE, REGISTER, MEMORY, WRITER))
    assert (after.x == began.x)[~same].all() and (after.y == began.y)[~same].all()
    for tile in np.unique(after.tile[after.kind == REGISTER]):
        at = after.registers_at[tile * PLACES : (tile + 1) * PLACES]
        assert len({after.tile_sign[cell] for cell in at if cell >= 0}) == 1
        for pair in at.reshape(-1, 2):
            assert len({after.slice_sign[cell] for cell in pair if cell >= 0}) <= 1
    for here, there in after.tables_at.reshape(-1, 2):
        if here >= 0 and there >= 0:  # a carry chain's table stands beside another of a chain
            modes = {
                after.cells[after.names[cell]]["parameters"].get("MODE") for cell in (here, there)
            }
            assert "CCU2" not in modes or len(modes) == 1
    paired = np.flatnonzero(after.partner >= 0)
    assert (after.tile[paired] == after.tile[after.partner[paired]]).all()
    assert (after.place[paired] == after.place[after.partner[paired]]).all()
    for (driver, port), sinks in after.nets:
        for sink, at in sinks:
            if at == "FCI" or (after.kind[driver] == WRITER and after.kind[sink] == TABLE):
                places = [p.tile * PLACES + p.place for p in (began, after)]
                step = [place[sink] - place[driver] for place in places]
                assert step[0] == step[1], (after.names[driver], port)


def test_slack_is_that_of_the_longest_path_through_an_edge():
    """Register 0 -> table 1 -> register 3, and 0 -> 2 -> 1: the second way into 1 is longer."""
    timing = Timing(
        source=np.array([0, 0, 2, 1]), target=np.array([2, 1, 1, 3]),
        a=np.array([0, 0, 2, 1]), b=np.array([2, 1, 1, 3]),
        cell_ns=np.array([0.25, 0.25, 0.25, 0.5]), wired=np.array([True, True, True, False]),
        start_ns=np.array([0.5, 0, 0, 0]), ends=np.array([False, False, False, True]))  # fmt: skip
    x, y = np.array([0, 1, 1, 1]), np.array([0, 0, 2, 0])
    table = np.arange(4)[:, None] + np.arange(4)[None, :] + 1.0  # 1 ns and 1 ns a tile
    wire_ns = timing.wire_ns(x, y, table)
    assert wire_ns.tolist() == [4.0, 2.0, 3.0, 0.0]
    longest, slack = timing.slack(wire_ns, 10.0)
    assert longest == 0.5 + 4.25 + 3.25 + 0.5
    assert slack.tolist() == [1.5, 10 - (0.5 + 2.25 + 0.5), 1.5, 1.5]


def test_a_wire_takes_longer_the_farther_it_goes():
    table = wire_table(40, 30)
    assert (np.diff(table, axis=0) > 0).all() and (np.diff(table, axis=1) > 0).all()
    assert table[0, 0] < table[1, 0] and table[12, 8] == pytest.approx(2.07, abs=0.1)
