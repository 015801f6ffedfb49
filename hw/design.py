"""The Verilog of a spec and what build.json says of it, kept for the next build of the same."""

import dataclasses
import gc
import importlib.metadata
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model import families
from model.fingerprint import fingerprint
from model.kept import kept
from model.version import VERSION
from quant import kinds

_PACKAGES = ("model", "quant", "hw")
_TOOLS = ("amaranth",)
_VERILOG, _FACTS = "design.v", "facts.json"


def design(source, kind, architecture: str | None, options, reuse: bool) -> tuple[str, dict]:
    """Verilog text of a spec's component, and the entries of build.json that come from it.

    Parameters
    ----------
    source, kind, architecture, options : spec, its engine, its name, the engine's options
    reuse : take what was made before of the same spec, options and program, and keep what is made;
        only for families of our own, whose program is known
    """
    if not reuse or kinds.family_of(source) not in families.OWN:
        return _made(source, kind, architecture, options)
    tools = [*map(importlib.metadata.version, _TOOLS)]
    asked = source.name, source.describe(), source.sha, kind.__name__, architecture, repr(options)
    name = fingerprint(_PACKAGES, VERSION, tools, asked)[:24]

    def make(folder: Path) -> list[Path]:
        text, facts = _made(source, kind, architecture, options)
        (folder / _VERILOG).write_text(text)
        (folder / _FACTS).write_text(json.dumps(facts))
        return [folder / _VERILOG, folder / _FACTS]

    entry, _ = kept("designs that were built", "design", name, make)
    return (entry / _VERILOG).read_text(), json.loads((entry / _FACTS).read_text())


def _made(source, kind, architecture: str | None, options) -> tuple[str, dict]:
    from hw import emit
    from hw.verilog.header import header

    with _no_collection():
        component = shell = kind.component(source, options)
        if options.registers:
            from hw.registers import around

            shell.path = (around.SHELL,)
        facts = {
            "options": dataclasses.asdict(shell.options),
            "ports": emit.port_table(shell),
            **kind.facts(shell),
        }
        if options.registers:
            component, more = around.with_registers(source, shell, facts)
            facts |= {"ports": emit.port_table(component), **more}
        text = emit.verilog_text(component, source.name, header(source, architecture, options))
    return text, facts


@contextmanager
def _no_collection() -> Iterator[None]:
    """No search for unreachable objects: a netlist is millions that live until the end, and the
    search took a third of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
