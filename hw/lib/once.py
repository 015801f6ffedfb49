"""Components made once for all places that have the same: one module, and instances of it.

Amaranth elaborates and writes a module for every instance, which takes a design of thousands of
equal nodes minutes. While Verilog is written (:func:`collecting`), :func:`put` makes a module of
the first of them and instances of all; elsewhere, as in Amaranth's simulator, it makes submodules.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from amaranth.back import rtlil
from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Value
from amaranth.lib import wiring

_PORT = re.compile(r"^  wire .*?(?:input|output) \d+ +\\(\S+)$", re.MULTILINE)


@dataclass
class Modules:
    """Modules that were written so far.

    texts : their RTLIL, each with all modules below it
    """

    texts: list[str] = field(default_factory=list)
    _named: dict[str, tuple[str, set[str]]] = field(default_factory=dict)

    def instance(self, component: wiring.Component) -> Instance:
        """An instance on the component's own signals, of the module of all that are the same."""
        kind = type(component).__name__
        key = f"{kind} {component.made_of!r}"
        if key in self._named:
            component._MustUse__used = True  # it is: by the module of its like
        else:
            self._named[key] = self._written(component, kind)
        name, ports = self._named[key]
        wires = [
            ("i" if member.flow is wiring.In else "o", "__".join(map(str, path)), Value.cast(value))
            for path, member, value in component.signature.flatten(component)
        ]
        clocks = {"clk": ClockSignal(), "rst": ResetSignal()}
        wires += [("i", port, signal) for port, signal in clocks.items() if port in ports]
        return Instance(name, *(wire for wire in wires if len(wire[2])))

    def _written(self, component: wiring.Component, kind: str) -> tuple[str, set[str]]:
        """Name and ports."""
        name = f"{re.sub(r'(?<!^)(?=[A-Z])', '_', kind).lower()}_{len(self._named)}"
        text = rtlil.convert(component, name=name, emit_src=False)
        self.texts.append(text)
        own = text[text.rindex(f"\nmodule \\{name}\n") :]
        return name, set(_PORT.findall(own[: own.index("\nend\n")]))


_modules: ContextVar[Modules | None] = ContextVar("modules", default=None)


@contextmanager
def collecting() -> Iterator[Modules]:
    """Within, :func:`put` makes instances."""
    modules = Modules()
    token = _modules.set(modules)
    try:
        yield modules
    finally:
        _modules.reset(token)


def put(m: Module, name: str, component: wiring.Component) -> None:
    """Make ``component`` the part ``name`` of ``m``, which may use its members as ever.

    Its attribute ``made_of`` is a tuple of all that it was made with: components of a class that
    were made of the same are the same. Those that are not the first are never elaborated, so a
    component must make its own parts in ``elaborate``.
    """
    modules = _modules.get()
    m.submodules[name] = component if modules is None else modules.instance(component)
