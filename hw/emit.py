"""Amaranth component to Verilog text and its list of ports."""

import re

from amaranth.back import rtlil
from amaranth.hdl import Shape
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hw.lib.once import collecting
from hw.verilog.deduplicate import deduplicate
from hw.verilog.names import Names, module_name
from hw.verilog.netlist import Module
from hw.verilog.ports import attributes, ordered
from hw.verilog.read import read
from hw.verilog.tidy import tidy
from hw.verilog.write import Interface, Writer


def verilog_text(component: wiring.Component, top: str, header: str = "") -> str:
    """Plain Verilog-2005 of ``component`` as module ``top``, behind ``header``.

    Ports and instances keep their names; other modules are named after the first instance.
    ``NotImplementedError`` names a thing that has no Verilog here: formal statements, tristate
    buffers, division of signed numbers.
    """
    with collecting() as modules:
        whole = rtlil.convert(component, name=top, emit_src=False)
    # Without the attributes of modules: Amaranth says of each that it made it.
    found = read(deduplicate("\n".join([whole, *modules.texts])))
    interfaces = _interfaces(found, top)
    texts = [header] if header else []
    for module in found:
        tidy(module)
    for module in found:
        own = interfaces[module.name]
        if module.name == top:
            names = [*port_table(component)]
            names = [name for name in names if name in own.ports.values()]
            texts.append(Writer(own, interfaces, attributes(names), names).text())
        else:
            texts.append(Writer(own, interfaces).text())
    return "\n".join(texts)


def _interfaces(modules: list[Module], top: str) -> dict[str, Interface]:
    names, found = Names(), {}
    for module in modules:
        path = [re.sub(r"(\$\d+)+$", "", part) for part in module.name.split(".")]
        if path[0] != top:  # made once for many (hw.lib.once)
            path.insert(0, top)
        found[module.name] = Interface(module, names.give(module_name(*path)))
    return found


def port_table(component: wiring.Component) -> dict[str, dict]:
    """Every Verilog port in the usual order: direction and width in bits."""
    ports = {name: {"direction": "input", "width": 1} for name in ("clk", "rst")}
    for path, member, _ in component.signature.flatten(component):
        ports["__".join(map(str, path))] = {
            "direction": "input" if member.flow is In else "output",
            "width": Shape.cast(member.shape).width,
        }
    return {name: ports[name] for name in ordered(ports)}
