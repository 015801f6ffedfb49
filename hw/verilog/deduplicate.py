"""Modules of RTLIL that are the same but for their names, as the cells of an array are, made one.

Amaranth writes a module for every instance, and numbers the ports of nets that have no name over
the whole design. Here each such port gets its place in its module's port list as its number; then
modules with equal text are equal, and one of them serves all instances.
"""

import re

_MODULE = re.compile(r"^module (\\\S+)\n(.*?^end\n)", re.M | re.S)
_INSTANCE = re.compile(r"^  cell (\\\S+) (\\\S+)\n((?:    .*\n)*)", re.M)
_NUMBERED_PORT = re.compile(r"\\port\$\d+\$\d+(?=\s)")
_DECLARED = re.compile(r"^  wire .*?(?:input|output) \d+ .*?(\\port\$\d+\$\d+)$", re.M)


def deduplicate(text: str) -> str:
    """The RTLIL text of a design with every module once; attributes of modules are dropped."""
    bodies = dict(_MODULE.findall(text))
    ports: dict[str, dict[str, str]] = {}  # of each module: its numbered ports' new names
    written: dict[str, str] = {}  # body -> name of the module that has it
    serves: dict[str, str] = {}  # name -> name of the module that serves for it

    def finish(name: str) -> None:
        if name in serves:
            return

        def instance(match: re.Match) -> str:
            kind, own, wires = match.groups()
            if kind not in bodies:
                return match[0]
            finish(kind)
            new = ports[kind]
            wires = re.sub(
                r"(?<=^    connect )\\port\$\d+\$\d+(?=\s)",
                lambda port: new.get(port[0], port[0]),
                wires,
                flags=re.M,
            )
            return f"  cell {serves[kind]} {own}\n{wires}"

        body = _INSTANCE.sub(instance, bodies[name])
        listed = dict.fromkeys(_DECLARED.findall(body))
        ports[name] = {old: f"\\port${place}" for place, old in enumerate(listed)}
        # An instance's own ports are already renamed, and are not in the list.
        body = _NUMBERED_PORT.sub(lambda port: ports[name].get(port[0], port[0]), body)
        serves[name] = written.setdefault(body, name)

    for name in bodies:
        finish(name)
    order = {name: body for body, name in written.items()}
    return "\n".join(f"module {name}\n{order[name]}" for name in bodies if name in order)
