"""The ports of a top module as an integrator sees them: AXI4-Streams, AXI4-Lite, single signals."""

from collections.abc import Mapping
from dataclasses import dataclass

from hw.verilog.ports import CLOCK, RESET, lite, streams


@dataclass(frozen=True)
class Stream:
    """An AXI4-Stream.

    prefix : of its ports, ``s_axis`` for ``s_axis_tdata``
    into : whether beats go into the core (AMBA's words: a slave there, a master elsewhere)
    bits : width by signal, of those that the stream has
    """

    prefix: str
    into: bool
    bits: Mapping[str, int]

    def port(self, signal: str) -> str:
        """Name of the port that carries ``signal``."""
        return f"{self.prefix}_{signal}"

    @property
    def data_bits(self) -> int:
        """Width of ``tdata``."""
        return self.bits["tdata"]

    @property
    def data_bytes(self) -> int:
        """Whole bytes of ``tdata``, as AXI4-Stream counts them."""
        return -(-self.data_bits // 8)

    @property
    def user_bits(self) -> int:
        """Width of ``tuser``, 0 where there is none."""
        return self.bits.get("tuser", 0)


@dataclass(frozen=True)
class Ports:
    """All ports of a top module.

    streams : those into the core first
    singles : name to direction and width, of whatever is no stream, AXI4-Lite, clock or reset
    lite : AXI4-Lite subordinates by prefix: of each the ports by their signal
    """

    streams: tuple[Stream, ...]
    singles: Mapping[str, Mapping]
    lite: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, ports: Mapping[str, Mapping]) -> "Ports":
        """The ports of build.json."""
        found, theirs = [], {CLOCK, RESET}
        for prefix, names in streams(ports).items():
            bits = {signal: ports[name]["width"] for signal, name in names.items()}
            into = ports[names["tvalid"]]["direction"] == "input"
            found.append(Stream(prefix, into, bits))
            theirs |= {*names.values()}
        mapped = lite(ports)
        theirs |= {name for of in mapped.values() for name in of.values()}
        singles = {name: port for name, port in ports.items() if name not in theirs}
        return cls(tuple(found), singles, mapped)

    def idle(self, ports: Mapping[str, Mapping]) -> list[str]:
        """Inputs of AXI4-Lite, which a bench that writes no registers holds at 0."""
        names = [name for of in self.lite.values() for name in of.values()]
        return [name for name in names if ports[name]["direction"] == "input"]

    def stream(self, prefix: str) -> Stream | None:
        """The stream of that name, or None."""
        return next((each for each in self.streams if each.prefix == prefix), None)
