"""Verilog modules that are the same but for their names, as the cells of an array are, made one.

Amaranth writes a module for every instance, and numbers the ports of nets that have no name over
the whole design. Here each such port gets its place in its module's port list as its number; then
modules with equal text are equal, and one of them serves all instances.
"""

import re

_MODULE = re.compile(r"^module (?P<name>\\\S+|\w+)(?P<body>.*?^endmodule\n)", re.M | re.S)
_INSTANCE = re.compile(
    r"^  (?P<type>\\\S+|\w+) +(?P<name>\\\S+|\w+) +\(\n(?P<wires>.*?)^  \);", re.M | re.S
)
_NUMBERED_PORT = re.compile(r"\\port\$\d+\$\d+(?=\s)")
_LOCAL = re.compile(r"\\\$auto\$\S+\$\d+(?=\s)")


def deduplicate(text: str) -> str:
    """Return the Verilog text of Amaranth's back end with every module once."""
    bodies = {match["name"]: match["body"] for match in _MODULE.finditer(text)}
    ports: dict[str, dict[str, str]] = {}  # of each module: its numbered ports' new names
    written: dict[str, str] = {}  # body -> name of the module that has it
    serves: dict[str, str] = {}  # name -> name of the module that serves for it

    def finish(name: str) -> None:
        if name in serves:
            return

        def instance(match: re.Match) -> str:
            kind = match["type"]
            if kind not in bodies:
                return match[0]
            finish(kind)
            new = ports[kind]
            wires = re.sub(
                r"(?<=^    \.)\\port\$\d+\$\d+(?=\s)",
                lambda port: new.get(port[0], port[0]),
                match["wires"],
                flags=re.M,
            )
            return f"  {serves[kind]}  {match['name']} (\n{wires}  );"

        body = _renumbered(_INSTANCE.sub(instance, bodies[name]))
        listed = _NUMBERED_PORT.findall(body[: body.index(";")])
        ports[name] = {old: f"\\port${place}" for place, old in enumerate(listed)}
        # An instance's own ports are already renamed, and are not in the list.
        body = _NUMBERED_PORT.sub(lambda port: ports[name].get(port[0], port[0]), body)
        serves[name] = written.setdefault(body, name)

    for name in bodies:
        finish(name)
    header = text[: _MODULE.search(text).start()]
    order = {name: body for body, name in written.items()}
    return header + "\n".join(f"module {name}{order[name]}" for name in bodies if name in order)


def _renumbered(body: str) -> str:
    """Local signals of the back end, which it numbers over the whole design, from 0 in a module."""
    numbers: dict[str, int] = {}
    return _LOCAL.sub(
        lambda found: f"\\$auto${numbers.setdefault(found[0], len(numbers))}", body
    )
