"""A serial port as packets."""

import contextlib
import os
import time
from collections import deque
from typing import Protocol

from hw.board.packets import FLAG, Packet, Unstuffer
from model.errors import InputError
from model.printable import one_line

_PIECE_BYTES = 512  # what comes in while more goes out must not fill the port's memory
_READ_BYTES = 1 << 16


class Port(Protocol):
    """What is used of :class:`serial.Serial`."""

    in_waiting: int
    timeout: float | None

    def read(self, size: int) -> bytes: ...
    def write(self, data: bytes) -> int | None: ...
    def close(self) -> None: ...


class Link:
    """Packets over a port; every fault of the port is an ``InputError`` that names it.

    sent_bytes, received_bytes : over the line so far; ``bad`` : pieces that were no packet
    """

    def __init__(self, port: Port, name: str):
        self.port, self.name = port, name
        self.sent_bytes = self.received_bytes = 0
        self._unstuffer, self._waiting = Unstuffer(), deque()

    @classmethod
    def open(cls, name: str, baud: int) -> "Link":
        """Open a serial port; ``InputError`` if it cannot be, or pyserial is missing."""
        try:
            import serial
        except ModuleNotFoundError as error:
            raise InputError("pyserial: not installed; pip install 'unfoldhw[board]'") from error
        try:
            port = serial.Serial(name, baud, timeout=0.05, write_timeout=30, exclusive=True)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise InputError(f"--port {name}: {_reason(error)}") from error
        return cls(port, name)

    @property
    def bad(self) -> int:
        return self._unstuffer.bad

    def send(self, packet: Packet) -> None:
        """Send a packet; what comes in meanwhile is kept."""
        self._write(packet.to_line())

    def rouse(self) -> None:
        """End whatever was left on the line, so that the next packet begins after a border."""
        self._write(bytes((FLAG, FLAG)))

    def receive(self, seconds: float) -> Packet | None:
        """The next packet, or None if none comes in time."""
        until = time.monotonic() + seconds
        while not self._waiting:
            left = until - time.monotonic()
            if left <= 0 and not self._read(0):
                return None
            self._read(max(left, 0.0))
        return self._waiting.popleft()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.port.close()

    def _write(self, line: bytes) -> None:
        for first in range(0, len(line), _PIECE_BYTES):
            piece = line[first : first + _PIECE_BYTES]
            with _faults(self.name):
                self.port.write(piece)
            self.sent_bytes += len(piece)
            self._read(0)

    def _read(self, seconds: float) -> int:
        """Take what is there, or wait for the first byte; how many there were."""
        with _faults(self.name):
            there = self.port.in_waiting
            if not there:
                if not seconds:
                    return 0
                self.port.timeout = min(seconds, 0.05)
            data = self.port.read(min(max(there, 1), _READ_BYTES))
        self.received_bytes += len(data)
        self._waiting.extend(self._unstuffer.packets(data))
        return len(data)


@contextlib.contextmanager
def _faults(name: str):
    try:
        yield
    except OSError as error:
        raise InputError(f"--port {name}: the board is gone: {_reason(error)}") from error
    except TypeError as error:  # of pyserial, whose port another thread has closed
        raise InputError(f"--port {name}: the board is gone") from error


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else one_line(str(error))
