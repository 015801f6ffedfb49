"""What a bridge has to know of a design: all of it stands in build.json."""

from collections.abc import Mapping
from dataclasses import dataclass

from hw.board.packets import OVERHEAD_BYTES, Identity, Kind
from hw.verilog.ports import CLOCK, RESET, streams
from model.errors import InputError

MOST_CREDITS = 64
_LEAST_DEPTH, _FRAMES = 16384, 4
_MOST_DEPTH = 1 << 17
FRAMES_IN, CONTEXTS_IN, RESULTS_OUT = "s_axis", "s_axis_h", "m_axis"
DROPPED = "frame_dropped"


@dataclass(frozen=True)
class DesignPorts:
    """A design's ports as the bridge uses them.

    top : name of its module
    frame_bytes, context_bytes, result_bytes : of a beat; ``context_bytes`` 0 without such a stream
    frame_beats, context_beats, result_beats : of a frame
    user_bits, result_bits : of ``m_axis_tuser`` and ``m_axis_tdata``
    tag : lowest bit of the result's number in ``m_axis_tuser``; None where results stay in order
    inputs, outputs : ports beside clock, reset and streams, name to bits
    spec_sha, verilog_sha : as build.json has them
    """

    top: str
    frame_bytes: int
    context_bytes: int
    result_bytes: int
    frame_beats: int
    context_beats: int
    result_beats: int
    user_bits: int
    result_bits: int
    tag: int | None
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    spec_sha: str
    verilog_sha: str

    @classmethod
    def of_record(cls, record: Mapping, source: str = "build.json") -> "DesignPorts":
        """Of build.json's content; ``InputError`` names ``source`` and what is missing or odd."""
        for name in ("ports", "verilog_sha", "input_beats_per_frame", "output_beats_per_frame"):
            if record.get(name) is None:
                raise InputError(f"{source}: field {name!r} is missing; build the folder again")
        if record["top"].startswith("board_"):
            raise InputError(f"{source}: top is {record['top']!r}: board_... are a board's modules")
        ports = record["ports"]
        found = streams(ports)
        if not {FRAMES_IN, RESULTS_OUT} <= set(found) <= {FRAMES_IN, CONTEXTS_IN, RESULTS_OUT}:
            raise InputError(f"{source}: a board has no use for streams {', '.join(found)}")
        used = {CLOCK, RESET, *(port for each in found.values() for port in each.values())}
        rest = {name: port for name, port in ports.items() if name not in used}

        def width(stream: str, signal: str) -> int:
            name = found.get(stream, {}).get(signal)
            return ports[name]["width"] if name else 0

        tag = record.get("user_fields", {}).get("tag")
        return cls(
            top=record["top"],
            frame_bytes=width(FRAMES_IN, "tdata") // 8,
            context_bytes=width(CONTEXTS_IN, "tdata") // 8,
            result_bytes=-(-width(RESULTS_OUT, "tdata") // 8),
            frame_beats=record["input_beats_per_frame"],
            context_beats=record.get("channel_beats", 0) if CONTEXTS_IN in found else 0,
            result_beats=record["output_beats_per_frame"],
            user_bits=width(RESULTS_OUT, "tuser"),
            result_bits=width(RESULTS_OUT, "tdata"),
            tag=None if tag is None else tag[0],
            inputs={n: p["width"] for n, p in rest.items() if p["direction"] == "input"},
            outputs={n: p["width"] for n, p in rest.items() if p["direction"] == "output"},
            spec_sha=record["spec_sha"],
            verilog_sha=record["verilog_sha"],
        )

    @property
    def lengths(self) -> dict[int, int]:
        """Bytes of the body of each packet that the board takes."""
        found = {Kind.IDENTIFY: 0, Kind.COUNTERS: 0, Kind.RESET: 0}
        found[Kind.FRAME] = self.frame_beats * self.frame_bytes
        if self.context_bytes:
            found[Kind.CONTEXT] = self.context_beats * self.context_bytes
        if self.inputs:
            found[Kind.WRITE] = -(-sum(self.inputs.values()) // 8)
        return {int(kind): length for kind, length in found.items()}

    @property
    def depth(self) -> int:
        """Bytes of the memory for packets: for a few frames, and for many short ones."""
        frame, largest = self.lengths[Kind.FRAME], max(self.lengths.values())
        need = _FRAMES * (frame + OVERHEAD_BYTES) + largest + 4 * OVERHEAD_BYTES
        depth = max(_LEAST_DEPTH, 1 << need.bit_length())
        if depth > _MOST_DEPTH:
            raise InputError(f"{self.top}: frames of {frame} bytes are too long for a board")
        return depth

    @property
    def credits(self) -> int:
        """Frames that may be on their way at once: so many and one of the other packets fit."""
        frame, largest = self.lengths[Kind.FRAME], max(self.lengths.values())
        room = self.depth - 1 - largest - 4 * OVERHEAD_BYTES
        return min(MOST_CREDITS, room // (frame + OVERHEAD_BYTES))

    @property
    def status_bytes(self) -> int:
        """Of a result's body, in front of the beats."""
        return -(-self.user_bits // 8)

    def identity(self, clock_hz: int, baud: int) -> Identity:
        """What the board says of itself."""
        return Identity(
            credits=self.credits,
            outputs=len(self.counted),
            clock_hz=clock_hz,
            baud=baud,
            frame_bytes=self.lengths[Kind.FRAME],
            context_bytes=self.lengths.get(Kind.CONTEXT, 0),
            result_bytes=self.status_bytes + self.result_beats * self.result_bytes,
            status_bytes=self.status_bytes,
            spec_sha=self.spec_sha,
            verilog_sha=self.verilog_sha,
        )

    @property
    def counted(self) -> tuple[str, ...]:
        """Outputs that stand behind the counters."""
        return tuple(name for name in self.outputs if name != DROPPED)
