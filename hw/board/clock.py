"""The clock of a board's design: a PLL of the ECP5, or none."""

from dataclasses import dataclass

from amaranth.hdl import Instance, Module, Signal, Value

from model.errors import InputError

_VCO_HZ = (400e6, 800e6)
_DETECTOR_HZ = 3.125e6
_LARGEST = 128
MODULE = "board_pll"
"""Its module in Verilog."""


@dataclass(frozen=True)
class Pll:
    """An EHXPLLL whose first output feeds back: out = in * ``multiply`` / ``divide``.

    Limits: oscillator 400 to 800 MHz, phase detector 3.125 MHz and more, as Project Trellis'
    ecppll has them; the cell's parameters: Lattice FPGA-TN-02200, "ECP5 sysCLOCK PLL/DLL design and
    usage guide". The clock's phase is not that of the pin, which nothing here needs.

    in_hz : of the pin; ``divide``, ``multiply``, ``output_divide`` : 1 to 128 each
    """

    in_hz: int
    divide: int
    multiply: int
    output_divide: int

    @property
    def out_hz(self) -> int:
        """What comes out."""
        return round(self.in_hz * self.multiply / self.divide)

    @property
    def vco_hz(self) -> float:
        """Of the oscillator."""
        return self.in_hz * self.multiply / self.divide * self.output_divide

    @classmethod
    def near(cls, in_hz: int, wanted_hz: float) -> "Pll":
        """The fastest that is no faster than ``wanted_hz``; ``InputError`` if there is none."""
        found = []
        for divide in range(1, _LARGEST + 1):
            multiply = int(wanted_hz * divide / in_hz + 1e-9)
            out = in_hz * multiply / divide
            if not (1 <= multiply <= _LARGEST and _DETECTOR_HZ <= in_hz / divide):
                continue
            output = max(1, min(_LARGEST, round(sum(_VCO_HZ) / 2 / out)))
            if _VCO_HZ[0] <= out * output <= _VCO_HZ[1]:
                found.append((out, -divide, output, multiply))
        if not found:
            raise InputError(f"--clock {wanted_hz / 1e6:g}: no PLL makes that of "
                             f"{in_hz / 1e6:g} MHz")  # fmt: skip
        _, divide, output, multiply = max(found)
        return cls(in_hz, -divide, multiply, output)

    @staticmethod
    def instance(m: Module, pin: Value) -> tuple[Value, Value]:
        """The clock, and whether it is locked (asynchronous)."""
        clock, locked = Signal(name="pll_clock"), Signal(name="pll_locked")
        m.submodules.pll = Instance(MODULE, i_pin=pin, o_clock=clock, o_locked=locked)
        return clock, locked

    def verilog(self) -> str:
        """The module around the cell.

        The attributes are what Project Trellis' ecppll writes for every frequency: nextpnr has 0
        for loop filter and charge pump where there are none.
        """
        parameters = {
            "CLKI_DIV": self.divide, "CLKFB_DIV": self.multiply, "CLKOP_DIV": self.output_divide,
            "CLKOP_CPHASE": self.output_divide - 1, "CLKOP_FPHASE": 0,
        } | {
            "CLKOP_ENABLE": '"ENABLED"', "OUTDIVIDER_MUXA": '"DIVA"', "FEEDBK_PATH": '"CLKOP"',
            "STDBY_ENABLE": '"DISABLED"', "DPHASE_SOURCE": '"DISABLED"',
            "PLLRST_ENA": '"DISABLED"', "INTFB_WAKE": '"DISABLED"',
        }  # fmt: skip
        inputs = {
            "CLKI": "pin", "CLKFB": "clock", "RST": "1'b0", "STDBY": "1'b0", "ENCLKOP": "1'b0",
            "PHASESEL0": "1'b0", "PHASESEL1": "1'b0", "PHASEDIR": "1'b1", "PHASESTEP": "1'b1",
            "PHASELOADREG": "1'b1", "PLLWAKESYNC": "1'b0",
        }  # fmt: skip
        attributes = {
            "FREQUENCY_PIN_CLKI": f"{self.in_hz / 1e6:g}",
            "FREQUENCY_PIN_CLKOP": f"{self.out_hz / 1e6:g}",
            "ICP_CURRENT": "12", "LPF_RESISTOR": "8", "MFG_ENABLE_FILTEROPAMP": "1",
            "MFG_GMCREF_SEL": "2",
        }  # fmt: skip
        ports = inputs | {"CLKOP": "clock", "LOCK": "locked"}
        lines = [f"module {MODULE} (input wire pin, output wire clock, output wire locked);"]
        lines += [f'  (* {name} = "{value}" *)' for name, value in attributes.items()]
        lines.append("  EHXPLLL #(")
        lines.append(",\n".join(f"    .{name}({value})" for name, value in parameters.items()))
        lines.append("  ) cell_ (")
        lines.append(",\n".join(f"    .{name}({value})" for name, value in ports.items()))
        return "\n".join([*lines, "  );", "endmodule\n"])


WIRE = f"""module {MODULE} (input wire pin, output wire clock, output wire locked);
  assign clock = pin;
  assign locked = 1'b1;
endmodule
"""
"""In its place in a simulation, where the design's clock is that of the pin."""
