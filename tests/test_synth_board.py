"""A board's folder: constraints, one run of nextpnr, bitstream."""

import json
import re
import subprocess
import sys
from pathlib import Path

import driver_builds
import pytest

from hw.board.boards import BOARDS, named
from hw.board.clock import WIRE, Pll
from hw.board.ports import DesignPorts
from hw.board.top import verilog
from hw.verilog_text import check
from model.errors import InputError
from sim import buildfolder
from sim.board import __main__ as host
from synth.board import __main__ as command
from synth.board import bitstream
from synth.board.constraints import lpf, pdc


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return driver_builds.write("direct", tmp_path_factory.mktemp("board") / "direct")


def test_every_port_has_its_pin_and_the_pin_its_voltage():
    text = lpf(named("ulx3s"))
    assert 'FREQUENCY PORT "clk" 25 MHZ;' in text
    assert 'LOCATE COMP "lamp[3]" SITE "D2";' in text
    assert 'IOBUF PORT "lamp[3]" IO_TYPE=LVCMOS33 DRIVE=4;' in text
    text = pdc(named("lifcl-evn"))
    assert "ldc_set_location -site {F16} [get_ports {rx}]" in text
    assert "ldc_set_port -iobuf {IO_TYPE=LVCMOS33 PULLMODE=UP} [get_ports {rx}]" in text
    for board in BOARDS.values():
        text = lpf(board) + pdc(board)
        assert all(f'"{port}"' in text and f"{{{port}}}" in text for port, _ in board.sites())


@pytest.mark.parametrize("name", BOARDS)
def test_the_top_level_is_text_that_any_tool_may_read(name, folder):
    build, wiring = buildfolder.read(folder), named(name).wiring()
    ports = DesignPorts.of_record(build.record)
    text = verilog(ports, wiring, 20, "board_top")
    check(text, name)
    modules = re.findall(r"^module (\w+)", f"{text}\n{build.text}", re.MULTILINE)
    assert len(modules) == len(set(modules))
    head = text[: text.index(");")]
    for port, _ in named(name).sites():
        assert re.search(rf"\b{port.split('[')[0]}\b", head)
    assert ("EHXPLLL" in text) == (wiring.pll is not None)
    simulated = verilog(ports, wiring, 20, "board_top", simulated=True)
    if wiring.pll is not None:
        assert simulated == text.replace(wiring.pll.verilog(), WIRE)


def test_the_pll_has_its_loop_filter():
    text = Pll(25_000_000, 1, 4, 6).verilog()
    for words in ('ICP_CURRENT = "12"', 'LPF_RESISTOR = "8"', 'MFG_GMCREF_SEL = "2"',
                  'MFG_ENABLE_FILTEROPAMP = "1"', ".CLKOP_DIV(6)", ".CLKFB_DIV(4)"):  # fmt: skip
        assert words in text
    check(text, "pll")


def test_what_is_too_slow_gets_no_bitstream(folder, tmp_path, monkeypatch):
    """One run of nextpnr, of what Yosys mapped; and no bitstream where the clock is not met."""
    runs = []

    class Runs:
        def __init__(self, tool, netlist, log, limit_minutes):
            self.netlist = netlist

        def __call__(self, words):
            runs.append(words)
            self.netlist.with_name("nextpnr.json").write_text(json.dumps(
                {"utilization": {}, "fmax": {"clk": {"achieved": 59.0}}, "critical_paths": []}
            ))  # fmt: skip

    def mapped(verilog, top, target, netlist, log, once):
        netlist.write_text("{}")

    monkeypatch.setattr(bitstream, "Runs", Runs)
    monkeypatch.setattr(bitstream.yosys, "synthesise", mapped)
    path = tmp_path / "design.v"
    (tmp_path / "design.bit").write_text("of another run")
    with pytest.raises(InputError, match="routed for 59.0 MHz, but its clock is 60 MHz"):
        bitstream.make(path, "top", named("ulx3s"), 60_000_000)
    assert not (tmp_path / "design.bit").exists()
    (words,) = runs
    assert "--textcfg" in words and "--lpf" in words
    assert not {"--write", "--no-place", "--no-pack", "--lpf-allow-unconstrained"} & {*words}
    assert words[words.index("--package") + 1] == "CABGA381"


def test_options_that_make_no_sense(folder):
    for words, message in (
        (["--board", "ulx3s"], "--spec or --code is needed"),
        (["--board", "ulx3s", "--build", str(folder), "--out", "x"], "--build: not with"),
        (["--board", "ulx3s", "--build", str(folder), "--baud", "40000000"], "--baud 40000000"),
        (["--board", "ulx3s", "--build", str(folder), "--clock", "1"], "--clock 1"),
        (["--board", "ulx3s", "--build", str(folder), "--seed", "-1"], "--seed -1"),
        (["--board", "lifcl-evn", "--build", str(folder), "--clock", "60"], "--clock 60"),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            command.main(words)


def unpacked(bitstream: Path) -> str:
    """What Project Trellis reads in a bitstream of an ECP5."""
    tool = Path(sys.executable).with_name("yowasp-ecpunpack")
    subprocess.run([tool, bitstream.name, "again.config"], cwd=bitstream.parent, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    return (bitstream.parent / "again.config").read_text()


def block_rams(config: str) -> dict[str, str]:
    """Contents by number."""
    return dict(re.findall(r"^\.bram_init (\d+)\n((?:[0-9a-f ]+\n)+)", config, re.MULTILINE))


def settings(config: str, pattern: str) -> set[tuple[str, str]]:
    """Lines of a configuration that match, each with its tile."""
    found, place = set(), ""
    for line in config.splitlines():
        if line.startswith("."):
            place = line
        elif re.match(pattern, line):
            found.add((place, line))
    return found


def check_read_back(place: Path, name: str) -> None:
    """The bitstream holds what nextpnr placed: memories, tables, constants at inputs."""
    there, again = (place / f"{name}.config").read_text(), unpacked(place / f"{name}.bit")
    assert block_rams(there) and block_rams(there) == block_rams(again)
    constants, tables = r"enum: CIB\.J\w+MUX [01]", r"word: SLICE\w\.K\d\.INIT .*0"
    for pattern in (constants, tables):  # a table of ones alone is what is not written
        assert settings(there, pattern) and settings(there, pattern) <= settings(again, pattern)
    assert {"word: ICP_CURRENT 01100", "word: LPF_RESISTOR 0001000"} <= {
        line for _, line in settings(again, "word: ")
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", BOARDS)
def test_small_design_to_a_bitstream(name, tmp_path, capsys):
    folder = driver_builds.write("direct", tmp_path / "direct")
    assert command.main(["--board", name, "--build", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    place = folder / f"board-{name}"
    assert json.loads((place / "board.json").read_text()) == found
    assert found["fmax_mhz"] >= found["clock_mhz"] and found["comb"] > 500
    data = (place / found["bitstream"]).read_bytes()
    assert len(data) > 50_000 and b"\xff\xff\xbd\xb3" in data[:1000]  # the preamble of both
    if name == "ulx3s":
        check_read_back(place, "tiny")


@pytest.mark.slow
def test_default_decoder_on_the_ulx3s(tmp_path, capsys):
    """Routed, packed, read back; and 50 frames through the Verilog of the whole board."""
    out = tmp_path / "on_ulx3s"
    words = ["--board", "ulx3s", "--code", "qc_ldpc", "--out", str(out), "--json"]
    assert command.main(words) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["fmax_mhz"] >= 60 and found["comb"] < 9000 and found["ebr"] < 90
    place = out / "board-ulx3s"
    check_read_back(place, "qc_ldpc")
    words = ["--build", str(out), "--simulated", "--ebn0", "2.8", "--frames", "50", "--json"]
    assert host.main(words) == 0
    (point,) = json.loads(capsys.readouterr().out.splitlines()[-1])["points"]
    assert (point["frames"], point["differences"]) == (50, 0)
