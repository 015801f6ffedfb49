"""What the engine asks of an arithmetic: all that depends on what a word means."""

from typing import Protocol

from amaranth.hdl import Value
from amaranth.lib import data, wiring

from hw.layered.job import Job, Times


class ChannelFormat(Protocol):
    """A lane of the channel memory.

    Attributes
    ----------
    code_bits : of a channel code, as it comes into the core
    bits : of a lane
    erasures : no code stands for the lane of an erased bit
    """

    code_bits: int
    bits: int
    erasures: bool

    def saturated(self, byte: Value, look_up) -> Value:
        """Stream byte to channel code; ``look_up`` of a target."""

    def stored(self, code: Value) -> Value:
        """Channel code to lane."""

    def fill(self, kind: str) -> int:
        """Lane, as an unsigned number, of a bit that is not transmitted: "erased" or "zero"."""


class Arithmetic(Protocol):
    """Formats of words and the blocks that compute with them, as many lanes as the job has.

    Attributes
    ----------
    job : what the engine goes through; times : of the blocks
    channel : format of the channel memory
    app_bits : of an APP value
    soft_odd : whether what ``soft`` returns is always odd, but for 0 of a frame's padding
    app_word, stored_word : all lanes of the memories of APP values and of messages
    edge_lane : a lane of what waits in the FIFO between front and back
    """

    job: Job
    times: Times
    channel: ChannelFormat
    app_bits: int
    soft_odd: bool
    app_word: data.ArrayLayout
    stored_word: data.ArrayLayout
    edge_lane: data.Layout

    def fresh_app(self, stored: Value, present: Value) -> Value:
        """APP value of a lane of the channel memory; 0 where neither it nor ``present`` is set."""

    def decided(self, lane: Value) -> Value:
        """Of a lane that ``back`` writes the APP value that its hard decision is the sign of.

        It is as it is kept until the frame leaves: ``app_bits`` wide.
        """

    def soft(self, decided: Value) -> Value:
        """What ``decided`` has given as an APP value, signed, in LSB of the spec."""

    def front(self, ring: int) -> wiring.Component:
        """``app``, ``far``, ``stored`` (and ``first_visit`` with flooding) to ``o``, an edge."""

    def search(self, register: bool = False) -> wiring.Component:
        """Edges ``i`` with ``valid``, ``first``, ``last`` to ``o``, what their row says.

        With ``register`` that of one row stays while the next one is searched, until ``take``.
        """

    def back(self) -> wiring.Component:
        """Edge ``i``, ``row`` and ``map`` to ``stored``, ``app``, ``bits`` and ``changed``."""
