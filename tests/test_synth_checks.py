"""What rewriting a netlist must keep is checked, and each way to get it wrong is found."""

import copy
from pathlib import Path

import pytest
from carry_cells import chains

from model.errors import InputError
from sim.netlist.document import load_netlist
from synth.block_rams import tidy_block_rams
from synth.carry_ends import trim_carry_chains
from synth.carry_joints import join_carry_chains
from synth.check_blocks import check_blocks
from synth.check_carries import check_carries
from synth.nets import drop_unconnected_outputs, net_uses
from synth.output_registers import pack_output_registers

NETLIST = load_netlist(Path(__file__).resolve().parent / "data" / "synth_tiny_netlist.json")
ENABLE = 4711


def cells_of(module: dict, kind: str) -> list[dict]:
    return [cell for cell in module["cells"].values() if cell["type"] == kind]


def tiny(spoil=None) -> dict:
    netlist = copy.deepcopy(NETLIST)
    if spoil is not None:
        spoil(netlist["modules"]["tiny"])
    return netlist


def with_enable(module: dict) -> None:
    """The registers behind the block RAM get an enable."""
    (memory,) = cells_of(module, "DP16KD")
    data = [bits for port, bits in memory["connections"].items() if port.startswith("DO")]
    for register in cells_of(module, "TRELLIS_FF"):
        if register["connections"]["DI"] in data:
            register["parameters"]["CEMUX"] = "CE"
            register["connections"]["CE"] = [ENABLE]
            register["port_directions"]["CE"] = "input"


def rom(module: dict) -> None:
    """The block RAM as Yosys maps a ROM of 36-bit words."""
    (memory,) = cells_of(module, "DP16KD")
    for width in "AB":
        memory["parameters"][f"DATA_WIDTH_{width}"] = f"{36:032b}"
        del memory["parameters"][f"WRITEMODE_{width}"]
    memory["connections"] |= {"CLKA": ["0"], "CEA": ["0"], "WEA": ["1"], "OCEA": ["0"]}


def packed(netlist: dict) -> tuple[dict, dict]:
    """The module before and after the registers moved."""
    before = copy.deepcopy(netlist["modules"]["tiny"])
    tidy_block_rams(netlist, "tiny")
    assert pack_output_registers(netlist, "tiny")["DP16KD"] == 1
    drop_unconnected_outputs(netlist["modules"]["tiny"])
    return before, netlist["modules"]["tiny"]


@pytest.mark.parametrize("spoil", [None, with_enable, rom])
def test_registers_are_found_again_in_block_ram(spoil):
    before, after = packed(tiny(spoil))
    assert check_blocks(before, after) == {"registers_in_block_ram": 8}
    assert check_blocks(before, before) == {}


def own_register_off(memory, registers):
    memory["parameters"]["REGMODE_B"] = "NOREG"


def enable_lost(memory, registers):
    memory["connections"]["OCEB"] = ["1"]


def another_clock(memory, registers):
    memory["connections"]["CLKB"] = [ENABLE]


def outputs_swapped(memory, registers):
    wires = memory["connections"]
    wires["DOB0"], wires["DOB1"] = wires["DOB1"], wires["DOB0"]


def another_word(memory, registers):
    memory["parameters"]["INITVAL_00"] = "1" * 320


def another_mode(memory, registers):
    memory["parameters"]["WRITEMODE_A"] = "WRITETHROUGH"


def another_register(memory, registers):
    registers[0]["parameters"]["REGSET"] = "SET"


MUTANTS = {
    own_register_off: "the register of DOB. moved in, and its own is off",
    enable_lost: "the register of DOB. had another enable",
    another_clock: "the register of DOB. had another clock",
    outputs_swapped: "output DOB. does not drive what its register drove",
    another_word: "INITVAL_00 is 1",
    another_mode: "WRITEMODE_A is WRITETHROUGH",
    another_register: "TRELLIS_FF .* is another one",
}


@pytest.mark.parametrize("change", MUTANTS)
def test_a_register_move_that_changes_something_is_found(change):
    before, after = packed(tiny(with_enable))
    (memory,) = cells_of(after, "DP16KD")
    change(memory, cells_of(after, "TRELLIS_FF"))
    with pytest.raises(InputError, match=MUTANTS[change]):
        check_blocks(before, after)


def test_half_of_a_wide_word_without_a_clock_is_found():
    before, after = packed(tiny(rom))
    (memory,) = cells_of(after, "DP16KD")
    used = next(port for port, bits in memory["connections"].items()
                if port.startswith("DOB") and net_uses(after)[bits[0]])  # fmt: skip
    low = used.replace("DOB", "DOA")
    for module in (before, after):
        wires = cells_of(module, "DP16KD")[0]["connections"]
        wires[low], wires[used] = wires[used], wires[low]
    assert check_blocks(before, after)
    memory["connections"]["CLKA"] = ["0"]
    with pytest.raises(InputError, match=f"the register of {low} had another clock"):
        check_blocks(before, after)


def test_a_register_and_a_cell_that_are_gone_are_found():
    before, after = packed(tiny())
    lost = copy.deepcopy(after)
    del lost["cells"][next(n for n, c in after["cells"].items() if c["type"] == "TRELLIS_FF")]
    with pytest.raises(InputError, match="is gone, but it has a reset|and no block holds it"):
        check_blocks(before, lost)
    del after["cells"][next(n for n, c in after["cells"].items() if c["type"] == "DP16KD")]
    with pytest.raises(InputError, match="DP16KD .* is gone"):
        check_blocks(before, after)


def carried(netlist: dict, top: str) -> tuple[dict, dict]:
    """The module before and after its carry chains were rewritten."""
    before = copy.deepcopy(netlist["modules"][top])
    trim_carry_chains(netlist, top)
    join_carry_chains(netlist, top)
    drop_unconnected_outputs(netlist["modules"][top])
    return before, netlist["modules"][top]


def test_carry_chains_are_proven_equal_and_a_wrong_start_is_found(tmp_path):
    before, after = carried(tiny(), "tiny")
    cells, nets = check_carries(before, after, tmp_path)
    assert cells > 3 and nets > 3
    assert check_carries(before, before, tmp_path) == (0, 0)
    start = next(cell for cell in cells_of(after, "CCU2C") if cell["connections"]["D0"] == ["1"]
                 and cell["connections"]["CIN"] == ["x"])  # fmt: skip
    table = int(start["parameters"]["INIT0"], 2)
    start["parameters"]["INIT0"] = f"{table ^ 0xF:016b}"
    with pytest.raises(InputError, match="a carry chain computes something else"):
        check_carries(before, after, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_joined_chains_are_proven_equal_and_a_leaking_joint_is_found(tmp_path):
    before, after = carried(chains(4), "top")
    assert len(after["cells"]) == len(before["cells"]) - 1
    assert check_carries(before, after, tmp_path)[1] == 5  # sums that moved, and one beside them
    joint = next(c for c in cells_of(after, "CCU2C")
                 if c["parameters"]["INIT1"] == "0000000000001010")  # fmt: skip
    joint["parameters"]["INIT1"] = "1111000000001010"  # passes on what the first chain carries
    with pytest.raises(InputError, match="a carry chain computes something else"):
        check_carries(before, after, tmp_path)


def test_a_net_that_lost_its_driver_is_found(tmp_path):
    before, after = carried(chains(4), "top")
    victim = next(c for c in cells_of(after, "CCU2C") if "S1" in c["connections"])
    del victim["connections"]["S1"], victim["port_directions"]["S1"]
    with pytest.raises(InputError, match="in one netlist alone"):
        check_carries(before, after, tmp_path)


def test_write_modes_and_clocks_of_ports_that_do_nothing():
    netlist = tiny()
    (memory,) = cells_of(netlist["modules"]["tiny"], "DP16KD")
    assert memory["parameters"]["WRITEMODE_A"] == "READBEFOREWRITE"
    assert tidy_block_rams(netlist, "tiny") == {"write_modes": 2}
    assert memory["parameters"]["WRITEMODE_A"] == memory["parameters"]["WRITEMODE_B"] == "NORMAL"
    netlist = tiny(rom)
    (memory,) = cells_of(netlist["modules"]["tiny"], "DP16KD")
    assert tidy_block_rams(netlist, "tiny") == {"clocks": 1}
    assert memory["connections"]["CLKA"] == memory["connections"]["CLKB"]


def test_a_port_that_reads_and_writes_keeps_its_mode():
    netlist = tiny()
    (memory,) = cells_of(netlist["modules"]["tiny"], "DP16KD")
    memory["connections"]["WEB"] = [ENABLE]
    assert tidy_block_rams(netlist, "tiny") == {"write_modes": 1}
    assert memory["parameters"]["WRITEMODE_B"] == "READBEFOREWRITE"


def test_constants_are_no_nets():
    """An absent output is x: a memory with one beside used outputs is packed all the same."""
    netlist = tiny()
    (memory,) = cells_of(netlist["modules"]["tiny"], "DP16KD")
    memory["connections"]["DOB17"] = ["x"]
    next(iter(cells_of(netlist["modules"]["tiny"], "LUT4")))["connections"]["D"] = ["x"]
    assert "x" not in net_uses(netlist["modules"]["tiny"])
    assert pack_output_registers(netlist, "tiny")["DP16KD"] == 1
