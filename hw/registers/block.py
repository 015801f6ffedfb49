"""Registers as hardware: what :mod:`hw.registers.fields` says, behind AXI4-Lite."""

from collections.abc import Iterator, Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib import axi_lite
from hw.lib.pass_through import pass_through
from hw.registers import ADDRESS_BITS
from hw.registers.fields import COUNTER, LIVE, PULSE, Field, Register


def port(register: Register, field: Field) -> str:
    """Name of the member that a field has."""
    return f"{register.name}_{field.name}"


class RegisterBlock(wiring.Component):
    """A register file with an AXI4-Lite port (:class:`hw.lib.axi_lite.AxiLite`).

    A read of an address with a register answers OKAY, as does a write to one that takes writes;
    all others answer SLVERR, a read with data 0.

    Members
    -------
    awaddr ... rready : AXI4-Lite
    REGISTER_FIELD : of a ``live`` field its bits, in; of a ``counter`` what it counts in this
        cycle, unsigned, in; of a ``pulse`` a strobe, out, the cycle after the write is done
    SIGNAL : each reset of counters that the description names, in

    All counters that are copied by one pulse have counted up to the same cycle.

    Parameters
    ----------
    registers : of the description
    """

    def __init__(self, registers: Sequence[Register]):
        self.registers = tuple(registers)
        ports = {LIVE: lambda field: In(field.width), COUNTER: lambda field: In(field.step_bits),
                 PULSE: lambda field: Out(1)}  # fmt: skip
        members = {
            port(register, field): ports[field.kind](field)
            for register, field in self._all() if field.kind in ports
        }  # fmt: skip
        resets = {field.reset_by: In(1) for _, field in self._all() if field.reset_by}
        super().__init__(axi_lite.ports(ADDRESS_BITS) | members | resets)

    def _all(self):
        return [(register, field) for register in self.registers for field in register.fields]

    def elaborate(self, platform):
        m = Module()
        self._restarts: dict[tuple, Signal] = {}
        m.submodules.bus = bus = axi_lite.AxiLite(ADDRESS_BITS)
        pass_through(m, self, bus, axi_lite.ports(ADDRESS_BITS))
        m.d.comb += bus.write_error.eq(1)
        self._read(m, bus)
        for register in self.registers:
            if register.written:
                self._write(m, bus, register)
        return m

    def _read(self, m: Module, bus: axi_lite.AxiLite) -> None:
        """In the first cycle the constants and what is chosen, in the second all of it.

        A multiplexer of all words in one cycle would be the longest path of a fast core.
        """
        fixed = Signal(axi_lite.DATA_BITS, name="fixed")
        m.d.sync += [fixed.eq(0), bus.read_error.eq(1)]
        with m.Switch(bus.read_word):
            for register in self.registers:
                with m.Case(register.offset // 4):
                    m.d.sync += [fixed.eq(register.value), bus.read_error.eq(0)]
        data = fixed
        for register in self.registers:
            if register.volatile:
                word, chosen = Cat(*self._values(m, register)), Signal(name=f"{register.name}_read")
                m.d.sync += chosen.eq(bus.read_word == register.offset // 4)
                data = data | (word & chosen.replicate(len(word)))
        m.d.comb += bus.read_data.eq(data)

    def _values(self, m: Module, register: Register) -> Iterator[Value]:
        """Fields that change by themselves, from the lowest bit on."""
        end = 0
        for field in sorted(register.fields, key=lambda each: each.low):
            if field.volatile:
                yield Const(0, field.low - end)
                yield (self._counter(m, register, field) if field.kind == COUNTER
                       else getattr(self, port(register, field)))  # fmt: skip
                end = field.low + field.width

    def _counter(self, m: Module, register: Register, field: Field) -> Value:
        name = port(register, field)
        count, following = (Signal(field.width, name=f"{name}_{of}") for of in ("now", "next"))
        m.d.comb += following.eq(count + getattr(self, name))
        m.d.sync += count.eq(following)
        with m.If(self._begins_again(m, field)):
            m.d.sync += count.eq(0)
        if field.snapshot_by is None:
            return count
        copy = Signal(field.width, name=f"{name}_then")
        with m.If(self._pulse(field.snapshot_by)):
            m.d.sync += copy.eq(following)
        return copy

    def _begins_again(self, m: Module, field: Field) -> Value:
        """Whether a counter is 0 after this cycle: of all with the same causes one signal."""
        causes = field.reset_by, field.cleared_by
        if causes not in self._restarts:
            self._restarts[causes] = again = Signal(name="restart")
            reset = getattr(self, field.reset_by) if field.reset_by else 0
            m.d.comb += again.eq(reset | (self._pulse(field.cleared_by) if field.cleared_by else 0))
        return self._restarts[causes]

    def _pulse(self, place: tuple[str, str]) -> Value:
        return getattr(self, "_".join(place))

    def _write(self, m: Module, bus: axi_lite.AxiLite, register: Register) -> None:
        here = Signal(name=f"{register.name}_here")
        m.d.comb += here.eq(bus.write_word == register.offset // 4)
        with m.If(here):
            m.d.comb += bus.write_error.eq(0)
        for field in register.fields:
            if field.written:
                bit = bus.write_data[field.low] & bus.write_bytes[field.low // 8]
                m.d.sync += getattr(self, port(register, field)).eq(bus.write & here & bit)
