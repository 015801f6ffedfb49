"""A count down to 0 without an adder: a shift register with linear feedback, entered on the way.

An adder of a few bits costs a carry chain in every slot; which state comes how many steps before
the last one is looked up when the table is written.
"""

from functools import cache

from amaranth.hdl import Cat, Value

_TAPS = {2: (0, 1), 3: (0, 2), 4: (0, 3), 5: (1, 4), 6: (0, 5), 7: (0, 6), 8: (1, 2, 3, 7)}
"""Bits whose sum comes in: with these a register goes through all states but 0."""
LAST = 1
"""State in which nothing is left to count."""


def bits(most: int) -> int:
    """Of a count down from ``most``."""
    return max(2, (most + 1).bit_length())


def step(state: Value) -> Value:
    """The next state."""
    return Cat(_xor(state[tap] for tap in _TAPS[len(state)]), state[:-1])


def start(count: int, width: int) -> int:
    """The state from which ``count`` steps lead to the last one."""
    return _states(width)[-1 - count]


@cache
def _states(width: int) -> tuple[int, ...]:
    """All states but 0, in the order of the steps, ``LAST`` behind all others."""
    state, states = LAST, []
    for _ in range((1 << width) - 1):
        fed = sum(state >> tap & 1 for tap in _TAPS[width]) & 1
        state = (state << 1 | fed) & ((1 << width) - 1)
        states.append(state)
    if states[-1] != LAST or len(set(states)) < len(states):
        raise AssertionError(f"taps of {width} bits do not reach all states")
    return tuple(states)


def _xor(values):
    first, *others = values
    for value in others:
        first = first ^ value
    return first
