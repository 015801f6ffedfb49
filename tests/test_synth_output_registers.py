"""The register behind a block RAM moves into it, and only where that changes nothing."""

import copy
from pathlib import Path

import pytest

from sim.netlist.document import load_netlist
from synth import yosys
from synth.output_registers import pack_output_registers

NETLIST = load_netlist(Path(__file__).resolve().parent / "data" / "synth_tiny_netlist.json")


@pytest.fixture()
def netlist() -> dict:
    return copy.deepcopy(NETLIST)


def memory_of(netlist: dict) -> dict:
    cells = netlist["modules"]["tiny"]["cells"].values()
    return next(cell for cell in cells if cell["type"] == "DP16KD")


def registers_behind(netlist: dict) -> list[dict]:
    wires = memory_of(netlist)["connections"]
    data = {bits[0] for port, bits in wires.items() if port.startswith("DO")}
    cells = netlist["modules"]["tiny"]["cells"].values()
    return [c for c in cells if c["type"] == "TRELLIS_FF" and c["connections"]["DI"][0] in data]


def test_registers_move_into_the_memory(netlist):
    registers = registers_behind(netlist)
    before = yosys.count_cells(netlist, "tiny")
    outputs = {register["connections"]["Q"][0] for register in registers}
    assert pack_output_registers(netlist, "tiny")["DP16KD"] == 1
    after = yosys.count_cells(netlist, "tiny")
    assert len(registers) == 8
    assert before - after == {"TRELLIS_FF": 8}
    memory = memory_of(netlist)
    assert memory["parameters"]["REGMODE_B"] == "OUTREG"
    assert memory["connections"]["OCEB"] == ["1"]
    driven = {bits[0] for port, bits in memory["connections"].items() if port.startswith("DO")}
    assert outputs <= driven


def test_every_net_keeps_one_driver(netlist):
    pack_output_registers(netlist, "tiny")
    drivers = []
    for cell in netlist["modules"]["tiny"]["cells"].values():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "output":
                drivers += [bit for bit in bits if isinstance(bit, int)]
    assert len(drivers) == len(set(drivers))


def test_second_pass_finds_nothing(netlist):
    pack_output_registers(netlist, "tiny")
    assert pack_output_registers(netlist, "tiny")["DP16KD"] == 0


def test_an_enable_goes_along(netlist):
    for register in registers_behind(netlist):
        register["parameters"]["CEMUX"] = "CE"
        register["connections"]["CE"] = [4711]
        register["port_directions"]["CE"] = "input"
    assert pack_output_registers(netlist, "tiny")["DP16KD"] == 1
    assert memory_of(netlist)["connections"]["OCEB"] == [4711]


def reset(netlist):
    registers_behind(netlist)[0]["connections"]["LSR"] = [4711]


def preset(netlist):
    registers_behind(netlist)[0]["parameters"]["REGSET"] = "SET"


def other_clock(netlist):
    for register in registers_behind(netlist):
        register["connections"]["CLK"] = [4711]


def falling_clock(netlist):
    registers_behind(netlist)[0]["parameters"]["CLKMUX"] = "INV"


def one_enable(netlist):
    register = registers_behind(netlist)[0]
    register["parameters"]["CEMUX"] = "CE"
    register["connections"]["CE"] = [4711]
    register["port_directions"]["CE"] = "input"


def second_load(netlist):
    first, second = registers_behind(netlist)[:2]
    second["connections"]["DI"] = first["connections"]["DI"]


def output_pin(netlist):
    bit = registers_behind(netlist)[0]["connections"]["DI"][0]
    netlist["modules"]["tiny"]["ports"]["spy"] = {"direction": "output", "bits": [bit]}


def memory_reset(netlist):
    memory_of(netlist)["connections"]["RSTB"] = [4711]


@pytest.mark.parametrize(
    "spoil",
    [
        reset,
        preset,
        other_clock,
        falling_clock,
        one_enable,
        second_load,
        output_pin,
        memory_reset,
    ],
)
def test_left_alone_where_it_would_change_behaviour(netlist, spoil):
    spoil(netlist)
    before = copy.deepcopy(netlist)
    assert pack_output_registers(netlist, "tiny")["DP16KD"] == 0
    assert netlist == before


def product_netlist() -> dict:
    """A multiplier of two used outputs with a flip-flop behind each."""

    def register(bit: int) -> dict:
        return {
            "type": "TRELLIS_FF",
            "parameters": {"CLKMUX": "CLK", "REGSET": "RESET", "CEMUX": "1"},
            "port_directions": {"CLK": "input", "DI": "input", "Q": "output"},
            "connections": {"CLK": [2], "DI": [bit], "Q": [bit + 10]},
        }

    multiplier = {
        "type": "MULT18X18D",
        "parameters": {},
        "port_directions": {"A0": "input", "B0": "input", "P0": "output", "P1": "output"},
        "connections": {"A0": [3], "B0": [4], "P0": [20], "P1": [21]},
    }
    cells = {"product": multiplier, "q0": register(20), "q1": register(21)}
    ports = {"o": {"direction": "output", "bits": [30, 31]}}
    return {"modules": {"top": {"cells": cells, "ports": ports}}}


def test_registers_move_into_the_multiplier():
    netlist = product_netlist()
    assert pack_output_registers(netlist, "top") == {"MULT18X18D": 1}
    cells = netlist["modules"]["top"]["cells"]
    assert list(cells) == ["product"]
    wires = cells["product"]["connections"]
    assert (wires["P0"], wires["P1"]) == ([30], [31])
    assert (wires["CLK0"], wires["CE0"], wires["RST0"]) == ([2], ["1"], ["0"])
    assert cells["product"]["parameters"]["REG_OUTPUT_CLK"] == "CLK0"


def test_a_multiplier_with_one_register_less_stays():
    netlist = product_netlist()
    del netlist["modules"]["top"]["cells"]["q1"]
    netlist["modules"]["top"]["ports"]["o"]["bits"] = [30, 21]
    before = copy.deepcopy(netlist)
    assert not pack_output_registers(netlist, "top")["MULT18X18D"]
    assert netlist == before
