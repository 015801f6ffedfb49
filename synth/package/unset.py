"""Registers without an initial value: the outputs of memories.

In a device they start with some 0 or 1, in a simulator with four values as x. Where such a value
is multiplied by 0 before the first real one comes, as in a precoder's first round, x stays x for
ever; a testbench therefore starts them at 0.
"""

import re
from collections.abc import Iterator

_NAME = r"(?:\\\S+\s|[A-Za-z_][\w$]*)"
_MODULE = re.compile(rf"^module ({_NAME})\s*\((.*?)^endmodule", re.MULTILINE | re.DOTALL)
_REGISTER = re.compile(
    rf"^ *(?:output )?reg +(?:signed )?(?:\[[^\]]*\] )?({_NAME})\s*;", re.MULTILINE
)
_CLOCKED = re.compile(rf"^ +({_NAME})\s*<= ", re.MULTILINE)
_INITIAL = re.compile(r"^  initial begin$(.*?)^  end$", re.MULTILINE | re.DOTALL)
_SET = re.compile(rf"^ +({_NAME})\s*= ", re.MULTILINE)
_INSTANCE = re.compile(
    rf"^  ({_NAME})\s*(?:#\(.*?\)\s*)?({_NAME})\s*\($", re.MULTILINE | re.DOTALL
)  # fmt: skip


def registers(text: str, top: str) -> list[str]:
    """Hierarchical names below ``top`` in the Verilog ``text``, in its order."""
    unset, inside = {}, {}
    for found in _MODULE.finditer(text):
        name, body = found[1].strip(), found[2]
        clocked = _names(_CLOCKED, body)
        given = {n for block in _INITIAL.finditer(body) for n in _names(_SET, block[1])}
        unset[name] = [n for n in _names(_REGISTER, body) if n in clocked and n not in given]
        inside[name] = [(each[1].strip(), each[2].strip()) for each in _INSTANCE.finditer(body)]

    def below(module: str, path: str) -> Iterator[str]:
        for register in unset.get(module, []):
            yield path + register
        for kind, instance in inside.get(module, []):
            if kind in inside:
                ended = f"{instance} " if instance.startswith("\\") else instance
                yield from below(kind, f"{path}{ended}.")

    return [*below(top, "")]


def _names(pattern: re.Pattern, text: str) -> dict[str, None]:
    """What the pattern's group names, each once, in order."""
    return dict.fromkeys(found[1].strip() for found in pattern.finditer(text))
