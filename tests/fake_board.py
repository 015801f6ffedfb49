"""A board in Python at the end of a port in memory, which loses what it is told to."""

import struct

from hw.board.packets import ANSWER, COUNTERS, Kind, Packet, Unstuffer
from hw.board.ports import DesignPorts
from sim.stimulus.frames import Stimulus


class FakeBoard:
    """A port (:class:`sim.board.link.Port`) with a board behind it that knows all results.

    Parameters
    ----------
    ports : of the design
    stimulus : its frames, found by their bytes, and their results
    loses : asked of every packet with what came before: "in", "out" or neither is lost
    held : results that are kept back, to leave in the reverse order: a design out of order
    """

    def __init__(self, ports: DesignPorts, stimulus: Stimulus, loses=lambda kind, n: "", held=0):
        self.ports, self.stimulus, self.loses, self.held = ports, stimulus, loses, held
        self.timeout, self.output = None, bytearray()
        self._unstuffer, self._numbers = Unstuffer(), dict.fromkeys(map(int, Kind), 0)
        self._frames = {frame.tobytes(): n for n, frame in enumerate(stimulus.inputs)}
        self._contexts = {}
        if stimulus.contexts:
            self._contexts = {f.tobytes(): n for n, f in enumerate(stimulus.contexts.frames)}
        self._reset()

    def _reset(self) -> None:
        self.taken = self.given = self.contexts = 0
        self.context, self._waiting = None, []

    @property
    def in_waiting(self) -> int:
        return len(self.output)

    def read(self, size: int) -> bytes:
        data = bytes(self.output[:size])
        del self.output[:size]
        return data

    def write(self, data: bytes) -> None:
        for packet in self._unstuffer.packets(bytes(data)):
            self._numbers[packet.kind] += 1
            lost = self.loses(packet.kind, self._numbers[packet.kind])
            if lost != "in":
                self._do(packet, lost == "out")

    def close(self) -> None:
        pass

    def _do(self, packet: Packet, silent: bool) -> None:
        body = b""
        if packet.kind == Kind.RESET:
            self._reset()
        elif packet.kind == Kind.IDENTIFY:
            body = self.ports.identity(10**8, 10**6).to_bytes()
        elif packet.kind == Kind.COUNTERS:
            self._leave()
            values = dict.fromkeys(COUNTERS, 0) | {"frames": self.taken, "results": self.given}
            words = [*values.values(), *[0] * len(self.ports.counted)]
            body = struct.pack(f"<{len(words)}I", *words)
        elif packet.kind == Kind.CONTEXT:
            self.context = self._contexts[packet.body]
            self.contexts += 1
        elif packet.kind == Kind.FRAME:
            frame = self._frames[packet.body]
            self._waiting.append((packet.sequence, frame, self.taken, silent))
            self.taken += 1
            if len(self._waiting) > self.held:
                self._leave()
            return
        if not silent:
            self._say(packet.kind, packet.sequence, body)

    def _leave(self) -> None:
        """Results of all frames, the last one first where some were held."""
        for sequence, frame, number, silent in reversed(self._waiting):
            status, beats = self.stimulus.status[frame], None
            if self.stimulus.contexts:
                low, width = self.stimulus.status_fields["context"]
                status |= (self.contexts % (1 << width)) << low
                beats = self.stimulus.contexts.outputs[self.context][frame]
            else:
                beats = self.stimulus.outputs[frame]
            if self.ports.tag is not None:
                status |= (number % 256) << self.ports.tag
            self.given += 1
            if not silent:
                size = self.ports.status_bytes
                self._say(Kind.FRAME, sequence, status.to_bytes(size, "little") + beats.tobytes())
        self._waiting.clear()

    def _say(self, kind: int, sequence: int, body: bytes) -> None:
        self.output += Packet(kind | ANSWER, sequence, body).to_line()
