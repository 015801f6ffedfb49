"""Registers behind AXI4-Lite: description, hardware, what C sees; all of it in co-simulation."""

import importlib.util
import itertools
import json
import re
import subprocess
from pathlib import Path

import pytest
from amaranth_bench import simulate
from driver_builds import mutant
from pages import ROOT
from small_precoders import small_precoder
from small_specs import flooding_spec, small_graph, small_spec

from hw import engines
from hw import registers as registers_package
from hw.build import build
from hw.emit import verilog_text
from hw.registers import description
from hw.registers.block import RegisterBlock
from hw.registers.compiled import registers_of, top_of
from hw.verilog.header import header
from model import families
from model.errors import InputError
from quant.sources import spec_for
from sim import cosim, resets, soak
from synth import package

TOY = Path(__file__).parent / "toy"


def _wired():
    return flooding_spec(z=1, iterations=2, graph=small_graph(1, 3, 7))


DESIGNS = {
    "layered": (lambda: small_spec(z=3, iterations=2), {"slots": 1}),
    "lanes": (lambda: small_spec(z=4, iterations=1), {"lanes": 2, "slots": 1}),
    "soft": (lambda: small_spec(z=3, iterations=2), {"decisions": "soft", "slots": 1}),
    "dma": (_wired, {"tkeep": True, "input_error": True, "llrs_per_beat": 4}),
    "tagged": (_wired, {"cores": 2, "order": "out-of-order", "llrs_per_beat": 4}),
    "unrolled": (_wired, {"form": "unrolled"}),
    "counted": (lambda: small_spec(z=3, iterations=2), {"frame_end": "count", "slots": 1}),
    "precoder": (lambda: small_precoder(antennas=4, users=2, iterations=1), {"writable": True}),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The first design, with all that lies beside it."""
    folder = tmp_path_factory.mktemp("registers") / "layered"
    make, options = DESIGNS["layered"]
    build(make(), folder, options | {"registers": True}, beside=package.files)
    return folder


def proven(folder: Path, frames: int = 30, seed: int = 1) -> cosim.CosimResult:
    result = cosim.run(folder, frames, seed=seed)
    assert result.ok, result.fault
    assert result.registers["snapshots"] >= 8 and result.registers["soft_resets"] == 3
    return result


def test_counters_are_those_of_the_bench(built):
    """With back-pressure on all channels; frames of wrong length; soft resets in mid-frame."""
    assert proven(built).fault_frames > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "layered"])
def test_in_every_family(name, tmp_path):
    make, options = DESIGNS[name]
    build(make(), tmp_path, options | {"registers": True})
    for seed in (1, 2):
        proven(tmp_path, seed=seed)


@pytest.mark.slow
def test_many_seeds(built):
    """Resets in other cycles of other frames."""
    for seed in range(2, 12):
        proven(built, seed=seed)


@pytest.mark.slow
def test_a_family_of_another_package_has_them(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(TOY)
    families.families.cache_clear()
    try:
        record = build(spec_for("repetition"), tmp_path, {"registers": True})
        assert record["totals"] == []
        proven(tmp_path)
    finally:
        families.families.cache_clear()


@pytest.mark.slow
def test_small_preset(tmp_path):
    build(spec_for("qc_ldpc_small"), tmp_path, {"registers": True}, reuse=True)
    proven(tmp_path)


# What is wrong, and what the bench says of it.
MUTANTS = {
    "a counter that the snapshot forgets": (
        r"if \(control_snapshot\)\n( +)frames_value_then <= ",
        r"if (control_clear)\n\1frames_value_then <= ", "register frames"),
    "a total without its highest bit": (
        r"total_iterations_value <= (\w+);", r"total_iterations_value <= \1 & 7'h1;",
        "register total_iterations"),
    "a soft reset that resets nothing": (
        r"(rst_\d+ = rst) \| control_soft_reset;", r"\1;", "soft reset|register"),
    "OKAY everywhere": (r"bresp <= \w+;", "bresp <= 2'b00;", "which takes none"),
    "a write that waits for no address": (
        r"assign write = addressed & filled &", "assign write = filled &", "register|response"),
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if at else []) for at, name in enumerate(MUTANTS)],
)
def test_a_wrong_core_is_caught(built, name, tmp_path):
    pattern, replacement, fault = MUTANTS[name]
    result = cosim.run(mutant(built, tmp_path, pattern, replacement), 30)
    assert not result.ok and re.search(fault, result.fault), result.fault


@pytest.mark.slow
def test_compiled_benches_leave_them_alone(built):
    assert soak.run(built, frames=2000).fault is None
    assert resets.run(built, 200).wrong == 0
    assert cosim.run(built, 200, driver=True).ok


# --- without the option ------------------------------------------------------------------------


def test_without_the_option_nothing_of_it_is_there(tmp_path):
    """The Verilog is the component's own."""
    make, options = DESIGNS["layered"]
    spec = make()
    kind = engines.of(spec)
    chosen = kind.OPTIONS(**options)
    own = verilog_text(kind.component(spec, chosen), spec.name, header(spec, None, chosen))
    record = build(spec, tmp_path, options)
    assert (tmp_path / "tiny.v").read_text() == own and "axil" not in own
    assert "registers" not in record and "totals" not in record


def test_a_package_that_is_missing_is_one_line(monkeypatch, tmp_path):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        registers_package.importlib.util, "find_spec",
        lambda name: None if name == "systemrdl" else find(name),
    )  # fmt: skip
    with pytest.raises(InputError, match=r"systemrdl-compiler is not installed: pip install"):
        build(small_spec(3), tmp_path / "out", {"registers": True})
    assert not (tmp_path / "out").exists()
    build(small_spec(3), tmp_path / "out")


# --- one description ---------------------------------------------------------------------------


def test_build_json_and_the_description_agree(built):
    record = json.loads((built / "build.json").read_text())
    found = registers_of(top_of((built / "tiny_registers.rdl").read_text()))
    assert {each.name: each.offset for each in found} == {
        name: each["offset"] for name, each in record["registers"].items()
    }
    offsets = [each.offset for each in found]
    assert offsets == sorted({*offsets}) and not any(offset % 4 for offset in offsets)
    values = {each.name: each.value for each in found}
    sha = "".join(f"{values[f'spec_hash_{n}']:08x}" for n in range(8))
    assert sha == record["spec_sha"]
    version = values["version"].to_bytes(4, "big")
    assert ".".join(map(str, version[:3])) == record["version"] and version[3] == description.LAYOUT
    assert values["identity"].to_bytes(4, "big") == b"UFHW"
    assert record["totals"] == ["decoded", "iterations"]


def test_c_sees_the_same(built, tmp_path):
    """Offsets, constants and bits in the header, by a compiler."""
    record = json.loads((built / "build.json").read_text())
    lines = ["#include <stddef.h>", '#include "tiny_registers.h"']
    lines += [f'_Static_assert(offsetof(tiny_registers_t, {name}) == {each["offset"]}, "{name}");'
              for name, each in record["registers"].items()]  # fmt: skip
    first = int(record["spec_sha"][:8], 16)
    lines += [f'_Static_assert(TINY_REGISTERS__SPEC_HASH_0__VALUE_reset == {first}u, "hash");',
              '_Static_assert(TINY_REGISTERS__CONTROL__SOFT_RESET_bm == 4, "bit");']  # fmt: skip
    (tmp_path / "check.c").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        ["g++", "-x", "c", "-std=c11", "-Wall", "-Werror", "-fsyntax-only", "-I", str(built),
         str(tmp_path / "check.c")], capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_page_lists_all_of_them(built):
    """docs/registers.md has every register of a decoder, at its offset."""
    page = (ROOT / "docs" / "registers.md").read_text()
    rows = re.findall(r"^\| `?(0x[0-9A-F]+)(?:` to `?0x[0-9A-F]+)?`? \| `(\w+)", page, re.MULTILINE)
    record = json.loads((built / "build.json").read_text())
    due = {name: each["offset"] for name, each in record["registers"].items()}
    shown = {name: int(offset, 16) for offset, name in rows}
    assert shown == {n: offset for n, offset in due.items() if not re.match(r"spec_hash_[1-7]", n)}


def test_the_datasheet_lists_them(built):
    text = (built / "datasheet.html").read_text()
    for name in json.loads((built / "build.json").read_text())["registers"]:
        assert f"<code>{name}</code>" in text


def test_a_record_of_other_registers_is_refused(built):
    record = json.loads((built / "build.json").read_text())
    spec, text = small_spec(z=3, iterations=2), (built / "tiny.v").read_text()
    for change, message in (
        ({"registers": {}}, "of another version; build the folder again"),
        ({"totals": ["nothing"]}, "no registers can be made of what it says: 'nothing'"),
        ({"version": "many"}, "version is 'many', expected three numbers"),
        ({"version": "999.0.0"}, "registers: "),
    ):
        with pytest.raises(InputError, match=message):
            package.files(spec, record | change, text)


PLAIN = """
addrmap plain {
    default regwidth = 32;
    reg { field { sw = r; hw = na; counter; incrwidth = 7; } tally[11:0] = 0; } sum @ 0x8;
    reg { field { sw = r; hw = w; } seen[9:6]; } live @ 0x10;
    reg { field { sw = rw; hw = r; singlepulse; } go[9:9] = 0; } command @ 0x14;
};
"""


def test_fields_alone():
    """As no design here has them: without snapshot and clear, not from bit 0 on; byte by byte."""
    block = RegisterBlock(registers_of(top_of(PLAIN)))
    steps = [3, 127, 0, 64, 1, 127]

    async def bench(ctx):
        async def read(offset):
            ctx.set(block.araddr, offset)
            ctx.set(block.arvalid, 1)
            await ctx.tick()
            ctx.set(block.arvalid, 0)
            await ctx.tick().until(block.rvalid)
            found = ctx.get(block.rdata), ctx.get(block.rresp)
            await ctx.tick()
            return found

        ctx.set(block.rready, 1)
        ctx.set(block.live_seen, 0b1011)
        for step in itertools.islice(itertools.cycle(steps), 100):
            ctx.set(block.sum_tally, step)
            await ctx.tick()
        ctx.set(block.sum_tally, 0)
        total = sum(itertools.islice(itertools.cycle(steps), 100)) % 4096
        assert await read(0x8) == (total, 0)
        assert await read(0x10) == (0b1011 << 6, 0)
        assert await read(0xC) == (0, 2)
        ctx.set(block.bready, 1)
        for strobe, pulse in ((0b1101, 0), (0b0010, 1)):  # the address before the data
            ctx.set(block.awaddr, 0x14)
            ctx.set(block.awvalid, 1)
            await ctx.tick()
            ctx.set(block.awvalid, 0)
            await ctx.tick().repeat(2)
            ctx.set(block.wdata, 0xFFFFFFFF)
            ctx.set(block.wstrb, strobe)
            ctx.set(block.wvalid, 1)
            await ctx.tick()
            ctx.set(block.wvalid, 0)
            assert ctx.get(block.command_go) == 0
            await ctx.tick()
            assert ctx.get(block.bvalid) and ctx.get(block.bresp) == 0
            assert ctx.get(block.command_go) == pulse
            await ctx.tick()
            assert ctx.get(block.command_go) == 0

    simulate(block, bench)


@pytest.mark.parametrize(
    "field", ["field { sw = rw; hw = r; } tally[7:0] = 0;", "field { hw = rw; sw = r; } tally;"]
)
def test_a_field_that_no_block_makes_is_refused(field):
    with pytest.raises(NotImplementedError, match=r"plain\.x\.tally: no such field is made here"):
        registers_of(top_of(f"addrmap plain {{ reg {{ {field} }} x; }};"))


def test_a_fault_in_a_description_is_one_line():
    with pytest.raises(InputError, match="^registers: .*nothing"):
        top_of("addrmap plain { nothing x; };")
