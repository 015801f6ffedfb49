"""The boards there are: pins, clock, device. Facts, with where they are from."""

from dataclasses import dataclass

from hw.board.clock import Pll
from hw.board.top import LAMPS, Wiring
from hw.board.uart import LEAST_CYCLES
from model.errors import InputError

DEFAULT_BAUD = 1_000_000
_FARTHEST = 0.02
"""How far a line may be off its baud rate: half a bit in the stop bit's middle would be 0.05, of
which the other end and sampling take their part."""


@dataclass(frozen=True)
class Board:
    """A board.

    name : what ``--board`` calls it; ``device`` : of :mod:`hw.lib.devices`
    clock_hz : of the pin ``clk``
    pins : site of each port; ``lamp`` has a site for each of its bits
    standard : of all pins; ``attributes`` : more for a port, as the tool of the family has them
    lamps_low, ones : as in :class:`hw.board.top.Wiring`
    default_mhz : clock of the design where nobody says; None for that of the pin, without a PLL
    load : the command that loads a bitstream, ``{}`` for its name
    source : where the pins are from; ``remark`` : what has to be done to the board
    """

    name: str
    title: str
    device: str
    clock_hz: int
    pins: dict[str, str]
    standard: str
    attributes: dict[str, str]
    lamps_low: bool
    ones: tuple[str, ...]
    default_mhz: float | None
    load: str
    source: str
    remark: str = ""

    def wiring(self, clock_mhz: float | None = None) -> Wiring:
        """What its top level is made of; ``InputError`` for a clock that it cannot make."""
        pll = None
        wanted = self.default_mhz if clock_mhz is None else clock_mhz
        if self.default_mhz is not None:
            if not 20 <= wanted <= 300:
                raise InputError(f"--clock {wanted:g}: must be 20 to 300 MHz")
            pll = Pll.near(self.clock_hz, 1e6 * wanted)
        elif clock_mhz is not None and 1e6 * clock_mhz != self.clock_hz:
            raise InputError(f"--clock {clock_mhz:g}: the design runs with the clock of board "
                             f"{self.name}, {self.clock_hz / 1e6:g} MHz")  # fmt: skip
        return Wiring(self.clock_hz, pll, self.lamps_low, self.ones)

    def sites(self) -> list[tuple[str, str]]:
        """Each bit of each port, and where it lies."""
        found = []
        for port, sites in self.pins.items():
            names = [port] if port != "lamp" else [f"{port}[{bit}]" for bit in range(LAMPS)]
            found += zip(names, sites.split(), strict=True)
        return found


def bit_cycles(clock_hz: int, baud: int) -> int:
    """Cycles of a bit; ``InputError`` for a baud rate that the clock does not make."""
    cycles = round(clock_hz / baud) if 0 < baud <= clock_hz else 0
    if cycles < LEAST_CYCLES or abs(clock_hz / cycles / baud - 1) > _FARTHEST:
        raise InputError(f"--baud {baud}: no whole number of cycles of {clock_hz / 1e6:g} MHz, at "
                         f"least {LEAST_CYCLES}, makes that within {_FARTHEST:.0%}")  # fmt: skip
    return cycles


BOARDS = {
    board.name: board
    for board in (
        Board(
            name="ulx3s",
            title="ULX3S, LFE5U-85F",
            device="ecp5-85k-cabga381",
            clock_hz=25_000_000,
            pins={"clk": "G2", "rx": "M1", "tx": "L4", "lamp": "B2 C2 C1 D2", "wifi_gpio0": "L2"},
            standard="LVCMOS33",
            attributes={"lamp": "DRIVE=4", "wifi_gpio0": "PULLMODE=UP", "rx": "PULLMODE=UP"},
            lamps_low=False,
            ones=("wifi_gpio0",),  # at 0 the ESP32 starts and may load another bitstream
            default_mhz=60.0,  # routes at the first try, and divides by all usual baud rates
            load="openFPGALoader -b ulx3s {}",
            source="amaranth-boards, amaranth_boards/ulx3s.py (UART of the FT231X, LEDs, clk25)",
        ),
        Board(
            name="lifcl-evn",
            title="Lattice CrossLink-NX evaluation board, LIFCL-40",
            device="lifcl-40",
            clock_hz=12_000_000,
            pins={"clk": "L13", "rx": "F16", "tx": "F18", "lamp": "E17 F13 G13 F14"},
            standard="LVCMOS33",
            attributes={"rx": "PULLMODE=UP"},
            lamps_low=True,
            ones=(),
            default_mhz=None,
            load="ecpprog -S {}",
            source="amaranth-boards, amaranth_boards/lifcl_evn.py; litex-boards, "
            "lattice_crosslink_nx_evn.py",
            remark="JP2 set; R15 and R17 fitted, R18 and R19 removed; port B of the FT2232H set to "
            "UART (both sources say so)",
        ),
    )
}


def named(name: str) -> Board:
    """The board of that name; ``InputError`` names those there are."""
    if name not in BOARDS:
        raise InputError(f"--board {name}: no such board; known: {', '.join(BOARDS)}")
    return BOARDS[name]
