"""The clock of a board's design: a PLL of the ECP5, or none."""

from dataclasses import dataclass

from amaranth.hdl import Instance, Module, Signal, Value

from model.errors import InputError

_VCO_HZ = (400e6, 800e6)
_DETECTOR_HZ = (8e6, 400e6)
_LARGEST = 128


@dataclass(frozen=True)
class Pll:
    """An EHXPLLL whose first output feeds back: out = in * ``multiply`` / ``divide``.

    Limits: Lattice FPGA-DS-02012, "sysCLOCK PLL timing": oscillator 400 to 800 MHz; parameters:
    FPGA-TN-02200, "ECP5 sysCLOCK PLL/DLL design and usage guide". The clock's phase is not that
    of the pin, which nothing here needs.

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
            if not (1 <= multiply <= _LARGEST and _DETECTOR_HZ[0] <= in_hz / divide):
                continue
            output = max(1, min(_LARGEST, round(sum(_VCO_HZ) / 2 / out)))
            if _VCO_HZ[0] <= out * output <= _VCO_HZ[1]:
                found.append((out, -divide, output, multiply))
        if not found:
            raise InputError(f"--clock {wanted_hz / 1e6:g}: no PLL makes that of "
                             f"{in_hz / 1e6:g} MHz")  # fmt: skip
        _, divide, output, multiply = max(found)
        return cls(in_hz, -divide, multiply, output)

    def instance(self, m: Module, pin: Value) -> tuple[Value, Value]:
        """The clock, and whether it is locked (asynchronous)."""
        clock, locked = Signal(name="pll_clock"), Signal(name="pll_locked")
        m.submodules.pll = Instance(
            "EHXPLLL",
            p_CLKI_DIV=self.divide,
            p_CLKFB_DIV=self.multiply,
            p_CLKOP_DIV=self.output_divide,
            p_CLKOP_ENABLE="ENABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_CLKOP_CPHASE=self.output_divide - 1,
            p_CLKOP_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            i_CLKI=pin,
            i_CLKFB=clock,
            i_RST=0,
            i_STDBY=0,
            i_ENCLKOP=0,
            i_PHASESEL0=0,
            i_PHASESEL1=0,
            i_PHASEDIR=1,
            i_PHASESTEP=1,
            i_PHASELOADREG=1,
            i_PLLWAKESYNC=0,
            o_CLKOP=clock,
            o_LOCK=locked,
        )
        return clock, locked
