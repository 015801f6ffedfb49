"""What goes over the serial line: packets, in bytes, as hardware and host mean them.

A packet is ``kind``, ``sequence``, a body, and a CRC-32 (that of Ethernet, lowest byte first) of
all of these. On the line it stands between flags and is stuffed as in RFC 1662, "PPP in HDLC-like
Framing", section 4: a byte that is the flag or the escape goes as the escape and the byte xor 0x20.
So a flag is always a border: whatever was lost, the next packet is found.

Nothing here needs Amaranth.
"""

import enum
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

FLAG, ESCAPE, TURN = 0x7E, 0x7D, 0x20
VERSION = 1
"""Of this protocol, in the identity."""
HEADER_BYTES, CRC_BYTES = 2, 4
OVERHEAD_BYTES = HEADER_BYTES + CRC_BYTES


class Kind(enum.IntEnum):
    """The first byte of a packet: what the host asks for. An answer has ``ANSWER`` added."""

    IDENTIFY = 0x01  # answered with an Identity
    COUNTERS = 0x02  # answered with the counters
    RESET = 0x03  # the design and the counters; answered
    WRITE = 0x10  # input ports beside the streams, for one cycle; answered
    FRAME = 0x20  # of the first input stream; answered with its result
    CONTEXT = 0x21  # a frame of the second input stream; answered when it has been taken


ANSWER = 0x80
COUNTERS = (
    "packets", "bad_packets", "overflows", "refused", "line_errors", "frames", "results",
    "dropped_frames", "cycles", "busy_cycles",
)  # fmt: skip
"""Of the board since the last RESET, 32 bits each, modulo 2**32: packets that were taken; with a
wrong CRC or cut off; without room; of unknown kind or wrong length; bytes without a stop bit;
frames that the design took; results that it gave; frames that it dropped; clock cycles; those in
which a frame was in the design. Behind them come the design's own outputs beside the streams: of
those of one bit the cycles at 1, of others the value now."""
_IDENTITY = struct.Struct("<BBHIIIIII32s32s")


@dataclass(frozen=True)
class Identity:
    """What a board says of itself, a body of ``Identity.SIZE`` bytes.

    credits : frames that may be on their way at once, results not yet there
    outputs : of the design beside the streams, whose values stand behind the counters
    clock_hz, baud : of the bridge, as it is built
    frame_bytes, context_bytes, result_bytes : bodies; of a result, status and beats
    spec_sha, verilog_sha : SHA-256 of spec and Verilog, as build.json has them
    """

    credits: int
    outputs: int
    clock_hz: int
    baud: int
    frame_bytes: int
    context_bytes: int
    result_bytes: int
    status_bytes: int
    spec_sha: str
    verilog_sha: str

    SIZE = _IDENTITY.size

    def to_bytes(self) -> bytes:
        """The body."""
        return _IDENTITY.pack(
            VERSION, self.credits, self.outputs, self.clock_hz, self.baud, self.frame_bytes,
            self.context_bytes, self.result_bytes, self.status_bytes,
            bytes.fromhex(self.spec_sha), bytes.fromhex(self.verilog_sha),
        )  # fmt: skip

    @classmethod
    def from_bytes(cls, body: bytes) -> "Identity":
        """Of a body; ``ValueError`` if it is none of this version."""
        if len(body) != cls.SIZE or body[0] != VERSION:
            raise ValueError(f"{len(body)} bytes of version {body[0] if body else None}")
        _, *numbers, spec, verilog = _IDENTITY.unpack(body)
        return cls(*numbers, spec.hex(), verilog.hex())


@dataclass(frozen=True)
class Packet:
    """``kind`` and ``sequence`` are a byte each."""

    kind: int
    sequence: int
    body: bytes = b""

    def to_line(self) -> bytes:
        """With CRC, stuffed, between flags."""
        content = bytes((self.kind, self.sequence)) + self.body
        content += zlib.crc32(content).to_bytes(CRC_BYTES, "little")
        content = content.replace(bytes((ESCAPE,)), bytes((ESCAPE, ESCAPE ^ TURN)))
        content = content.replace(bytes((FLAG,)), bytes((ESCAPE, FLAG ^ TURN)))
        return bytes((FLAG,)) + content + bytes((FLAG,))


class Unstuffer:
    """Bytes of a line to packets.

    bad : pieces between flags that were no packet
    """

    def __init__(self) -> None:
        self.bad = 0
        self._piece = bytearray()

    def packets(self, data: bytes) -> Iterator[Packet]:
        """Those that end in ``data``."""
        *ended, rest = data.split(bytes((FLAG,)))
        for piece in ended:
            self._piece += piece
            found, self._piece = bytes(self._piece), bytearray()
            if found:
                packet = _packet(found)
                if packet is None:
                    self.bad += 1
                else:
                    yield packet
        self._piece += rest


def _packet(piece: bytes) -> Packet | None:
    """What stands between two flags, if it is whole."""
    first, *others = piece.split(bytes((ESCAPE,)))
    if not all(others):  # an escape in front of a flag or an escape
        return None
    content = first + b"".join(bytes((part[0] ^ TURN,)) + part[1:] for part in others)
    if len(content) < OVERHEAD_BYTES:
        return None
    crc = int.from_bytes(content[-CRC_BYTES:], "little")
    if zlib.crc32(content[:-CRC_BYTES]) != crc:
        return None
    return Packet(content[0], content[1], content[HEADER_BYTES:-CRC_BYTES])


def counters(body: bytes, outputs: tuple[str, ...]) -> Mapping[str, int]:
    """The body of an answer to COUNTERS, by name; ``ValueError`` for another length."""
    names = (*COUNTERS, *outputs)
    if len(body) != 4 * len(names):
        raise ValueError(f"{len(body)} bytes of counters, not {4 * len(names)}")
    return dict(zip(names, struct.unpack(f"<{len(names)}I", body), strict=True))
