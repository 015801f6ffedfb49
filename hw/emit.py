"""Amaranth component to Verilog text and its list of ports."""

from amaranth.back import verilog
from amaranth.hdl import Shape
from amaranth.lib import wiring
from amaranth.lib.wiring import In


def verilog_text(component: wiring.Component, top: str) -> str:
    """Plain Verilog-2005 of ``component`` as module ``top``; ports keep their names."""
    return verilog.convert(component, name=top, emit_src=False, strip_internal_attrs=True)


def port_table(component: wiring.Component) -> dict[str, dict]:
    """Every Verilog port: direction and width in bits, clock and reset first."""
    ports = {name: {"direction": "input", "width": 1} for name in ("clk", "rst")}
    for path, member, _ in component.signature.flatten(component):
        ports["__".join(map(str, path))] = {
            "direction": "input" if member.flow is In else "output",
            "width": Shape.cast(member.shape).width,
        }
    return ports
