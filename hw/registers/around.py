# amaranth: UnusedElaboratable=no
# A shell is asked for its ports where nobody elaborates it.
"""A shell with registers beside it: the ports of the shell, and AXI4-Lite."""

from collections.abc import Mapping, Sequence

from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    DomainRenamer,
    Module,
    ResetSignal,
    Signal,
    Value,
)
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hw.frame import status
from hw.lib import axi_lite
from hw.lib.pass_through import pass_through
from hw.registers import ADDRESS_BITS, PREFIX
from hw.registers.block import RegisterBlock
from hw.registers.compiled import registers_of, top_of
from hw.registers.description import RESULTS, TOTAL, apart, text, totals
from hw.registers.fields import Register, listed
from model.version import VERSION

SHELL = "shell"
"""Of the shell among the instances."""


def with_registers(source, shell, facts: Mapping) -> tuple["WithRegisters", dict]:
    """The top component, and what build.json says of its registers.

    source, shell, facts : spec, its component, what build.json says of that
    """
    record = {
        "name": source.name, "version": VERSION, "spec_sha": source.sha,
        "user_fields": status.places(shell.format.user), **facts,
        "totals": totals(shell.format.user, shell.format.summed),
        "apart": dict(shell.format.apart),
    }  # fmt: skip
    registers = registers_of(top_of(text(record)))
    component = WithRegisters(shell, registers, record["user_fields"], apart(record))
    more = {"apart": record["apart"]} if record["apart"] else {}
    return component, {"totals": record["totals"], **more, "registers": listed(registers)}


class WithRegisters(wiring.Component):
    """A shell (:class:`hw.frame.shell.Shell`) whose streams are counted.

    What is counted is seen at the ports and registered first, so that no path of the shell gets
    longer but ``tready``, by the gate of the soft reset. In that cycle no beat is taken.

    Members
    -------
    those of the shell
    s_axil_* : AXI4-Lite, 32 bits, addresses of ``ADDRESS_BITS``

    Parameters
    ----------
    shell : whatever it has inside
    registers : compiled from :mod:`hw.registers.description`
    user_fields : [lowest bit, width] of the fields of ``m_axis_tuser``
    counted_apart : :func:`hw.registers.description.apart`
    """

    def __init__(
        self, shell, registers: Sequence[Register], user_fields: Mapping, counted_apart: Sequence
    ):
        self.shell, self.registers, self.user_fields = shell, registers, user_fields
        self.counted_apart = counted_apart
        ports = {f"{PREFIX}_{name}": member
                 for name, member in axi_lite.ports(ADDRESS_BITS).items()}  # fmt: skip
        super().__init__({**shell.signature.members, **ports})

    def elaborate(self, platform):
        m = Module()
        m.submodules.registers = block = RegisterBlock(self.registers)
        pass_through(m, self, block, axi_lite.ports(ADDRESS_BITS), f"{PREFIX}_")

        # A domain of its own: also what is made once for many places (hw.lib.once) has its reset.
        soft = block.control_soft_reset
        core = ClockDomain("core", local=True)
        core.clk, core.rst = Signal(name="clk"), Signal(name="rst")
        m.domains += core
        m.d.comb += [core.clk.eq(ClockSignal()), core.rst.eq(ResetSignal() | soft)]
        m.submodules[SHELL] = DomainRenamer({"sync": "core"})(self.shell)
        for name, member in self.shell.signature.members.items():
            ours, its = getattr(self, name), getattr(self.shell, name)
            if member.flow is In:
                m.d.comb += its.eq(ours)
            else:
                m.d.comb += ours.eq(its & ~soft if name.endswith("_tready") else its)
        m.d.comb += block.core_reset.eq(core.rst)
        self._count(m, block)
        return m

    def _count(self, m: Module, block: RegisterBlock) -> None:
        """A cycle after it is seen at the ports."""
        result = Signal()
        m.d.comb += result.eq(self.m_axis_tvalid & self.m_axis_tready & self.m_axis_tlast)
        m.d.comb += block.cycles_value.eq(1)
        seen = {
            "frames": result,
            "dropped": self.frame_dropped,
            "input_stalled": self.s_axis_tvalid & ~self.s_axis_tready,
            "output_stalled": self.m_axis_tvalid & ~self.m_axis_tready,
        }
        for register in self.registers:
            if register.name.startswith(TOTAL):
                field = self._user(register.name.removeprefix(TOTAL))
                seen[register.name] = field & result.replicate(len(field))
        for name, what, by, value in self.counted_apart:
            also = result if what == RESULTS else result & self._user(what)
            seen[name] = also & (self._user(by) == value)
        for name, value in seen.items():
            step = Signal(len(value), name=f"{name}_step")
            m.d.core += step.eq(value)
            m.d.comb += getattr(block, f"{name}_value").eq(step)
        now = {
            "input_valid": self.s_axis_tvalid, "input_ready": self.s_axis_tready,
            "output_valid": self.m_axis_tvalid, "output_ready": self.m_axis_tready,
        }  # fmt: skip
        for name, value in now.items():
            held = Signal(name=f"{name}_held")
            m.d.sync += held.eq(value)
            m.d.comb += getattr(block, f"handshakes_{name}").eq(held)

    def _user(self, name: str) -> Value:
        """A field of ``m_axis_tuser``."""
        low, width = self.user_fields[name]
        return self.m_axis_tuser[low : low + width]
