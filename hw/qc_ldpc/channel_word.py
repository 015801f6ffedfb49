"""How a channel value is stored: the code itself, or in steps where 0 must be possible."""

from amaranth.hdl import Cat, Const, Value

from hw.lib.arithmetic import saturate
from quant.spec import Spec


class ChannelWord:
    """Format of one lane of the channel memory.

    A mid-rise code has no 0, so a decoder with erased bits stores 2*code + 1 (one bit more);
    otherwise the code is stored and the one appended on the way to the APP.
    """

    def __init__(self, spec: Spec):
        self.channel = spec.channel
        lanes = spec.code.transmitted_lanes
        self.erasures = any(count < spec.code.lifting_size for count in lanes)
        self.appends_one = spec.channel.rise == "mid_rise"
        wide = self.appends_one and self.erasures
        self.bits = spec.channel.bits + (1 if wide else 0)

    def saturated(self, byte: Value) -> Value:
        """Stream byte to channel code, saturating to the channel's range."""
        bits = self.channel.bits
        byte = Value.cast(byte).as_signed()
        if not self.appends_one:
            return saturate(byte, bits)[:bits]
        sign, head, low = byte[-1], byte[bits - 1 : -1], byte[: bits - 1]
        overflow = (sign & ~head.all()) | (~sign & head.any()) if len(head) else Const(0)
        return Cat(*((bit | (overflow & ~sign)) & ~(overflow & sign) for bit in low), sign)

    def stored(self, code: Value) -> Value:
        """Channel code to memory word."""
        return Cat(Const(1, 1), code) if self.bits > self.channel.bits else code

    def fill(self, kind: str) -> int:
        """Memory word (as unsigned bits) of a bit that is not transmitted."""
        if kind == "erased":
            return 0
        code = self.channel.maximum_code
        return self.channel.steps_of(code) if self.bits > self.channel.bits else code

    def app(self, stored: Value, present: Value) -> Value:
        """Memory word to APP value, signed; 0 where neither the word nor ``present`` is set."""
        append = self.appends_one and self.bits == self.channel.bits
        steps = Cat(present, stored) if append else stored
        return Cat(Const(0, self.channel.app_shift), steps).as_signed()
