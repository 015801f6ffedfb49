"""The ports of a top module as an integrator sees them: AXI4-Streams, and single signals."""

from collections.abc import Mapping
from dataclasses import dataclass

from hw.verilog.ports import CLOCK, RESET, streams


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
    singles : name to direction and width, of whatever is no stream, clock or reset
    """

    streams: tuple[Stream, ...]
    singles: Mapping[str, Mapping]

    @classmethod
    def of(cls, ports: Mapping[str, Mapping]) -> "Ports":
        """The ports of build.json."""
        found, theirs = [], {CLOCK, RESET}
        for prefix, names in streams(ports).items():
            bits = {signal: ports[name]["width"] for signal, name in names.items()}
            into = ports[names["tvalid"]]["direction"] == "input"
            found.append(Stream(prefix, into, bits))
            theirs |= {*names.values()}
        return cls(
            tuple(found), {name: port for name, port in ports.items() if name not in theirs}
        )

    def stream(self, prefix: str) -> Stream | None:
        """The stream of that name, or None."""
        return next((each for each in self.streams if each.prefix == prefix), None)
