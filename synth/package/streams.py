"""The ports of a top module as an integrator sees them: AXI4-Streams, and single signals."""

from collections.abc import Mapping
from dataclasses import dataclass

CLOCK, RESET = "clk", "rst"
SIGNALS = ("tdata", "tvalid", "tready", "tlast", "tuser")
"""Of a stream here, in the order in which they are listed."""


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

    streams : in the order of the record
    singles : name to direction and width, of whatever is no stream, clock or reset
    """

    streams: tuple[Stream, ...]
    singles: Mapping[str, Mapping]

    @classmethod
    def of(cls, ports: Mapping[str, Mapping]) -> "Ports":
        """The ports of build.json: what ends with ``_tvalid`` is a stream's."""
        prefixes = [name.removesuffix("_tvalid") for name in ports if name.endswith("_tvalid")]
        streams, theirs = [], {CLOCK, RESET}
        for prefix in prefixes:
            bits = {
                signal: ports[f"{prefix}_{signal}"]["width"]
                for signal in SIGNALS if f"{prefix}_{signal}" in ports
            }  # fmt: skip
            into = ports[f"{prefix}_tvalid"]["direction"] == "input"
            streams.append(Stream(prefix, into, bits))
            theirs |= {f"{prefix}_{signal}" for signal in bits}
        return cls(
            tuple(streams), {name: port for name, port in ports.items() if name not in theirs}
        )

    def stream(self, prefix: str) -> Stream | None:
        """The stream of that name, or None."""
        return next((each for each in self.streams if each.prefix == prefix), None)
