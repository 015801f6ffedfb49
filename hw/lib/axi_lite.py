"""AXI4-Lite (AMBA AXI and ACE, ARM IHI 0022, part B): a subordinate of 32 bits, and its ports."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

DATA_BITS = 32
OKAY, SLVERR = 0, 2
"""Responses: done; no register there that would take this."""


def ports(address_bits: int) -> dict:
    """Members of a subordinate by signal, write channels first."""
    return {
        "awaddr": In(address_bits), "awvalid": In(1), "awready": Out(1),
        "wdata": In(DATA_BITS), "wstrb": In(DATA_BITS // 8), "wvalid": In(1), "wready": Out(1),
        "bresp": Out(2), "bvalid": Out(1), "bready": In(1),
        "araddr": In(address_bits), "arvalid": In(1), "arready": Out(1),
        "rdata": Out(DATA_BITS), "rresp": Out(2), "rvalid": Out(1), "rready": In(1),
    }  # fmt: skip


class AxiLite(wiring.Component):
    """The two ends of a register file's bus: a write and a read, one of each at a time.

    Address and data of a write come in any order, and wait for each other in a register each. A
    write is done the cycle after the later of the two, a read the second cycle after its address,
    or as soon as the response before is taken. All outputs are registers. The lowest two bits of
    an address are ignored.

    Members
    -------
    awaddr ... rready : AXI4-Lite, ``address_bits`` wide
    write : strobe, ``write_word`` is written now: the bytes of ``write_data`` that ``write_bytes``
        says; ``write_error`` is its response
    read_word : ``read_data`` and ``read_error`` must be what is read there, a cycle later

    Parameters
    ----------
    address_bits : of a byte
    """

    def __init__(self, address_bits: int):
        self.address_bits = address_bits
        word = address_bits - 2
        super().__init__(
            ports(address_bits)
            | {
                "write": Out(1),
                "write_word": Out(word),
                "write_data": Out(DATA_BITS),
                "write_bytes": Out(DATA_BITS // 8),
                "write_error": In(1),
                "read_word": Out(word),
                "read_data": In(DATA_BITS),
                "read_error": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        addressed, filled = Signal(name="addressed"), Signal(name="filled")
        asked, found, answered = (Signal(name=n) for n in ("asked", "found", "answered"))
        write_word = Signal(self.address_bits - 2, reset_less=True)
        write_data = Signal(DATA_BITS, reset_less=True)
        write_bytes = Signal(DATA_BITS // 8, reset_less=True)
        read_word = Signal(self.address_bits - 2, reset_less=True)
        m.d.comb += [
            self.awready.eq(~addressed),
            self.wready.eq(~filled),
            self.write.eq(addressed & filled & (~self.bvalid | self.bready)),
            self.write_word.eq(write_word),
            self.write_data.eq(write_data),
            self.write_bytes.eq(write_bytes),
            self.arready.eq(~asked),
            self.read_word.eq(read_word),
            answered.eq(found & (~self.rvalid | self.rready)),
        ]
        with m.If(self.bready):
            m.d.sync += self.bvalid.eq(0)
        with m.If(~addressed):
            m.d.sync += [write_word.eq(self.awaddr[2:]), addressed.eq(self.awvalid)]
        with m.If(~filled):
            m.d.sync += [write_data.eq(self.wdata), write_bytes.eq(self.wstrb)]
            m.d.sync += filled.eq(self.wvalid)
        with m.If(self.write):
            m.d.sync += [addressed.eq(0), filled.eq(0), self.bvalid.eq(1)]
            m.d.sync += self.bresp.eq(_response(self.write_error))

        with m.If(self.rready):
            m.d.sync += self.rvalid.eq(0)
        with m.If(~asked):
            m.d.sync += [read_word.eq(self.araddr[2:]), asked.eq(self.arvalid)]
        m.d.sync += found.eq(asked & ~answered)
        with m.If(answered):
            m.d.sync += [asked.eq(0), self.rvalid.eq(1)]
            m.d.sync += [self.rdata.eq(self.read_data), self.rresp.eq(_response(self.read_error))]
        return m


def _response(error):
    return error << 1
