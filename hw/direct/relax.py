"""Relaxation on a wire: m' + ((m - m') >> k), split so that only an addition waits for the check.

With at least k fraction bits the new message, shifted by them, is a multiple of 2^k, so that
m' + ((m 2^f - m') >> k) = (m' + (-m' >> k)) + m 2^(f-k): the first part, what is left of the old
message, is known as early as m' is. With fewer fraction bits m' itself is what waits.
"""

from amaranth.hdl import Cat, Const, Value

from quant.spec import Relaxation


def splits(relaxation: Relaxation) -> bool:
    """The old message's part can be computed on its own."""
    return relaxation.frac_bits >= relaxation.shift


def decayed(stored: Value, relaxation: Relaxation) -> Value:
    """What is left of a stored message, in its own width; itself where that does not split."""
    if not splits(relaxation):
        return stored
    shift = relaxation.shift
    # m' - ceil(m' / 2^k) = m' + ~floor(m' / 2^k) + (m' is a multiple of 2^k)
    up = ~stored[:shift].any()
    step = ~(stored >> shift)
    return (Cat(1, stored).as_signed() + Cat(up, step).as_signed())[1:][: len(stored)].as_signed()


def updated(left: Value, new: Value, relaxation: Relaxation) -> Value:
    """The stored message after the check's answer ``new``; ``left`` from :func:`decayed`."""
    bits = len(left)
    target = Cat(Const(0, relaxation.frac_bits), new).as_signed()
    if splits(relaxation):
        return (left + (target >> relaxation.shift))[:bits].as_signed()
    step = (target - left) >> relaxation.shift
    return (left + step)[:bits].as_signed()
