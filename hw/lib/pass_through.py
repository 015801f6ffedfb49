"""Ports of a component that are those of a part of it."""

from collections.abc import Mapping

from amaranth.hdl import Module
from amaranth.lib.wiring import In, Member


def pass_through(
    m: Module, outer, inner, members: Mapping[str, Member], prefix: str = ""
) -> None:
    """Connect members of ``inner`` to those of ``outer`` whose names have ``prefix`` before them.

    members : by name, of ``inner``, with their direction there
    """
    for name, member in members.items():
        ours, its = getattr(outer, prefix + name), getattr(inner, name)
        m.d.comb += its.eq(ours) if member.flow is In else ours.eq(its)
