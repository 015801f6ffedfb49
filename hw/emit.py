"""Amaranth component to Verilog text and its list of ports."""

import re

from amaranth.back import rtlil, verilog
from amaranth.hdl import Shape
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hw.deduplicate import deduplicate
from hw.lib.once import collecting

_STARTER = re.compile(r"^( *)reg (\\\$auto\$\S+ ) *= 0;", re.MULTILINE)


def verilog_text(component: wiring.Component, top: str) -> str:
    """Plain Verilog-2005 of ``component`` as module ``top``; ports keep their names."""
    with collecting() as modules:
        whole = rtlil.convert(component, name=top, emit_src=False)
    whole = "\n".join([*modules.texts, whole])
    text = verilog._convert_rtlil_text(whole, strip_internal_attrs=True)
    return _started(_without_brackets(deduplicate(text)))


def _started(text: str) -> str:
    """Give the registers that start ``always @*`` blocks their value after all blocks wait for it.

    Yosys puts a register of value 0 into every such block, so that a simulator evaluates it once
    at time 0. Where the value is there before the block waits (Icarus Verilog 11), nothing changes
    any more, and a block whose inputs are constant stays x. A nonblocking assignment comes last.
    """
    return _STARTER.sub(r"\1reg \2;\n\1initial \2<= 0;", text)


def _without_brackets(text: str) -> str:
    """Rename array elements from ``\\name[3] `` to ``\\name_3 ``.

    Brackets in an escaped name are legal Verilog, but Yosys' ABC9 pass gives the bits of a vector
    the same names and then stops with an assertion.
    """
    bracketed = re.compile(r"\\[^\s\[]+\[[^\s]*(?=\s)")
    renamed = {old: re.sub(r"\[(\d+)\]", r"_\1", old) for old in set(bracketed.findall(text))}
    taken = set(re.findall(r"\\\S+", text)) | {"\\" + word for word in re.findall(r"\b\w+", text)}
    for old, new in renamed.items():
        if new in taken:
            raise RuntimeError(f"Verilog names {old} and {new} would become one")
    return bracketed.sub(lambda match: renamed[match.group()], text)


def port_table(component: wiring.Component) -> dict[str, dict]:
    """Every Verilog port: direction and width in bits, clock and reset first."""
    ports = {name: {"direction": "input", "width": 1} for name in ("clk", "rst")}
    for path, member, _ in component.signature.flatten(component):
        ports["__".join(map(str, path))] = {
            "direction": "input" if member.flow is In else "output",
            "width": Shape.cast(member.shape).width,
        }
    return ports
