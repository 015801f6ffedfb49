"""A session with a board: who it is, frames to it and results from it, whatever the line loses."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hw.board.packets import ANSWER, Identity, Kind, Packet, counters
from hw.board.ports import DesignPorts
from model.errors import InputError
from sim.board.link import Link
from sim.stimulus.frames import Stimulus

_PROBE_SECONDS = 0.25  # of silence, after which the board is asked what it holds
_LOOK_SECONDS = 1.0  # between two looks at the counters, for who watches
_ASK_SECONDS = 0.5  # that a request has for its answer, before it is sent again


@dataclass
class Losses:
    """What the line lost, as the host sees it.

    resent : frames and contexts that were sent again
    asked_again : requests that were, as no answer came for half a second
    strays : results that nobody waits for: their frame was given up too soon, or is from before
    """

    resent: int = 0
    asked_again: int = 0
    strays: int = 0


@dataclass(frozen=True)
class Result:
    """What came back for a frame.

    frame : its number in the stimulus; ``context`` : number of the context it met, None without
    status : ``m_axis_tuser``; ``beats`` : (beats, bytes) uint8
    seconds : since it was sent
    """

    frame: int
    context: int | None
    status: int
    beats: np.ndarray
    seconds: float


class Session:
    """A board that is the one the host has the models of.

    Parameters
    ----------
    link : to it
    ports : of the design that it must hold
    patience : seconds without any answer after which the board is given up
    """

    def __init__(self, link: Link, ports: DesignPorts, patience: float = 5.0):
        self.link, self.ports, self.patience = link, ports, patience
        self.losses = Losses()
        self._sequence = 0
        link.rouse()
        self.identity = self._identify()

    def _identify(self) -> Identity:
        """Ask who it is; ``InputError`` unless it holds the same spec and Verilog."""
        answer = self.ask(Kind.IDENTIFY)
        try:
            found = Identity.from_bytes(answer.body)
        except ValueError as error:
            raise InputError(f"{self.link.name}: not a board of this version: {error}") from error
        ports = self.ports
        for what, there, here in (
            ("spec", found.spec_sha, ports.spec_sha),
            ("Verilog", found.verilog_sha, ports.verilog_sha),
        ):
            if there != here:
                raise InputError(f"{self.link.name}: the board holds {what} {there[:12]}, the "
                                 f"build folder {here[:12]}")  # fmt: skip
        due = ports.identity(found.clock_hz, found.baud)
        if found != due:
            raise InputError(f"{self.link.name}: the board's bridge is another than this "
                             f"program's: {found}, not {due}")  # fmt: skip
        return found

    def ask(self, kind: Kind, body: bytes = b"") -> Packet:
        """Send a request again and again until it is answered; ``InputError`` if it is not."""
        end = time.monotonic() + self.patience
        while (began := time.monotonic()) < end:
            sequence = self._send(kind, body)
            until = min(began + _ASK_SECONDS, end)
            while (left := until - time.monotonic()) > 0:
                packet = self.link.receive(left)
                if packet is not None:
                    if (packet.kind, packet.sequence) == (kind | ANSWER, sequence):
                        return packet
                    self.losses.strays += packet.kind == Kind.FRAME | ANSWER
            self.losses.asked_again += 1
        raise InputError(f"{self.link.name}: no answer from a board")

    def counters(self) -> dict[str, int]:
        """The board's counters, by name; between exchanges."""
        return self.read_counters(self.ask(Kind.COUNTERS))

    def read_counters(self, packet: Packet) -> dict[str, int]:
        """Those in an answer."""
        try:
            return dict(counters(packet.body, self.ports.counted))
        except ValueError as error:
            raise InputError(f"{self.link.name}: {error}") from error

    def exchange(
        self,
        stimulus: Stimulus,
        count: int | None = None,
        seen: Callable[[dict[str, int]], None] = lambda counters: None,
    ) -> Iterator[Result]:
        """Reset the design, send the frames, and yield each frame's result once, as they come.

        count : of the frames, from the first on; None for all
        seen : called with the board's counters, whenever they come
        """
        total = len(stimulus.inputs) if count is None else count
        yield from _Exchange(self, stimulus, total, seen).results()

    @property
    def next_sequence(self) -> int:
        """Of the packet that is sent next."""
        return (self._sequence + 1) % 256

    def _send(self, kind: Kind, body: bytes = b"") -> int:
        self._sequence = self.next_sequence
        self.link.send(Packet(kind, self._sequence, body))
        return self._sequence


class _Exchange:
    """Frames of one stimulus on their way.

    A frame is lost when the result of a later one is there and results stay in order; or when the
    board says that it holds no frame, as it is asked where nothing has come for a while. It is sent
    again. A context whose answer is lost may be in the design or not: all begins again from there.
    """

    def __init__(self, session: Session, stimulus: Stimulus, total: int, seen):
        self.session, self.stimulus, self.seen = session, stimulus, seen
        self.link, self.ports = session.link, session.ports
        self.waiting = [*range(total)]
        self.out: dict[int, tuple[int, float]] = {}  # by sequence: frame, when it was sent
        self.probes: dict[int, float] = {}  # requests for counters: when they were sent
        self.contexts: list[int] = []  # sent since the reset
        self.starts = stimulus.contexts.starts if stimulus.contexts else []
        self.heard = 0.0

    def results(self) -> Iterator[Result]:
        self._reset()
        self.heard = probed = time.monotonic()
        while self.waiting or self.out:
            self._fill()
            packet = self._receive(_PROBE_SECONDS if self.out else 0.0)
            now = time.monotonic()
            if packet is not None and packet.kind == Kind.COUNTERS | ANSWER:
                found = self.session.read_counters(packet)
                self.seen(found)
                self._look_for_lost(found, self.probes.pop(packet.sequence, 0.0))
            elif packet is not None and packet.kind == Kind.FRAME | ANSWER:
                result = self._result(packet, now)
                if result is not None:
                    yield result
            if now - probed >= (_PROBE_SECONDS if packet is None else _LOOK_SECONDS):
                probed = self._probe()

    def _receive(self, seconds: float) -> Packet | None:
        """The next packet; ``InputError`` if none has come for long."""
        packet = self.link.receive(seconds)
        now = time.monotonic()
        if packet is not None:
            self.heard = now
        elif now - self.heard > self.session.patience:
            raise InputError(f"{self.link.name}: no answer from the board for "
                             f"{self.session.patience:g} s")  # fmt: skip
        return packet

    def _probe(self) -> float:
        """Ask for the counters; when that was."""
        now = time.monotonic()
        self.probes[self.session._send(Kind.COUNTERS)] = now
        return now

    def _reset(self) -> None:
        """Everything on its way is given up; the design begins anew."""
        self.session.ask(Kind.RESET)
        self.out.clear()
        self.contexts.clear()
        for write in self.stimulus.writes:
            value, low = 0, 0
            for name, width in self.ports.inputs.items():
                value |= write.get(name, 0) << low
                low += width
            self.session.ask(Kind.WRITE, value.to_bytes(-(-low // 8), "little"))

    def _fill(self) -> None:
        """Send what there are credits for."""
        while self.waiting and len(self.out) < self.session.identity.credits:
            if self.session.next_sequence in self.out:  # lost long ago: a probe finds it
                return
            frame = self.waiting[0]
            if not self._in_context(frame):
                return
            del self.waiting[0]
            body = self.stimulus.inputs[frame].tobytes()
            sequence = self.session._send(Kind.FRAME, body)
            self.out[sequence] = frame, time.monotonic()

    def _in_context(self, frame: int) -> bool:
        """Whether the context that a frame is due in is in the design; it is sent if not.

        It is sent alone: its answer must not be mixed with results.
        """
        due = sum(start <= frame for start in self.starts) - 1
        if due < 0 or (self.contexts and self.contexts[-1] == due):
            return True
        if self.out:
            return False
        body = self.stimulus.contexts.frames[due].tobytes()
        sequence, sent = self.session._send(Kind.CONTEXT, body), time.monotonic()
        self.heard = time.monotonic()
        while True:
            packet = self._receive(_PROBE_SECONDS)
            if packet is None:
                self._probe()
            elif (packet.kind, packet.sequence) == (Kind.CONTEXT | ANSWER, sequence):
                self.contexts.append(due)
                return True
            elif packet.kind == Kind.COUNTERS | ANSWER:
                # Requests are answered in their order.
                if self.probes.pop(packet.sequence, 0.0) >= sent:
                    break
        self.session.losses.resent += 1
        self._reset()
        return False

    def _look_for_lost(self, found: dict[str, int], asked: float) -> None:
        """Send again what the board does not hold: it was asked after it had been sent."""
        if found["frames"] != found["results"]:
            return
        self._again([s for s, (_, sent) in self.out.items() if sent < asked])

    def _again(self, sequences: Sequence[int]) -> None:
        self.waiting = [self.out.pop(each)[0] for each in sequences] + self.waiting
        self.session.losses.resent += len(sequences)

    def _result(self, packet: Packet, now: float) -> Result | None:
        ports = self.ports
        size = ports.status_bytes + ports.result_beats * ports.result_bytes
        if packet.sequence not in self.out or len(packet.body) != size:
            self.session.losses.strays += 1
            return None
        if ports.tag is None:
            order = [*self.out]
            self._again(order[: order.index(packet.sequence)])
        frame, sent = self.out.pop(packet.sequence)
        status = int.from_bytes(packet.body[: ports.status_bytes], "little")
        beats = np.frombuffer(packet.body[ports.status_bytes :], dtype=np.uint8)
        return Result(
            frame, self._context(status), status,
            beats.reshape(ports.result_beats, ports.result_bytes), now - sent,
        )  # fmt: skip

    def _context(self, status: int) -> int | None:
        """Which context a frame met, by the status field that counts them from 1."""
        if self.stimulus.contexts is None:
            return None
        low, width = self.stimulus.status_fields["context"]
        latest = len(self.contexts) - 1
        place = latest - ((latest + 1 - (status >> low)) % (1 << width))
        return self.contexts[place] if place >= 0 else None
