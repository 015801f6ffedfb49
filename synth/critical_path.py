"""The slowest register-to-register path, in the names of the design's own signals."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

# What Yosys and nextpnr append to a signal name when they invent a net or a cell behind it.
_INVENTED = re.compile(
    r"(_(TRELLIS_FF|LUT4|CCU2C|PFUMX|L6MUX21|TRELLIS_DPR16X4|DP16KD|MULT18X18D|ALU54B"
    r"|FD1P3[IJBD]X|INV|WIDEFN9|CCU2|DPR16X4|PDPSC16K|PDP16K|DP16K|MULT[0-9ADSUBPREWIX]+)_.*"
    r"|\$.*|_COUT|_TRELLIS_COMB.*|(?<![^.])_\d+_)$"
)


@dataclass(frozen=True)
class CriticalPath:
    """One path between two clocked elements; times in nanoseconds.

    ``through`` lists the named signals on the way, each once; ``levels`` counts the logic cells
    passed, a whole carry chain as one.
    """

    start: str
    end: str
    total_ns: float
    logic_ns: float
    routing_ns: float
    levels: int
    through: tuple[str, ...]

    def sentence(self) -> str:
        """Return the path as one line of text."""
        way = f" through {', '.join(self.through)}" if self.through else ""
        return (
            f"from {self.start} to {self.end}: {self.total_ns:.2f} ns = {self.logic_ns:.2f} logic"
            f" + {self.routing_ns:.2f} routing, {self.levels} logic levels{way}"
        )


class SignalNames:
    """Names for the cells of a flat mapped netlist (Yosys JSON)."""

    def __init__(self, netlist: dict, top: str) -> None:
        module = netlist["modules"][top]
        self._cells = module["cells"]
        names = defaultdict(list)
        for name, net in module["netnames"].items():
            if not net["hide_name"] and not _INVENTED.search(name):
                for index, bit in enumerate(net["bits"]):
                    if isinstance(bit, int):
                        label = f"{name}[{index}]" if len(net["bits"]) > 1 else name
                        names[bit].append(label)
        # The deepest hierarchical name is the place that drives the signal; ports are aliases.
        self._of_bit = {bit: max(found, key=_preference) for bit, found in names.items()}

    def of_cell(self, cell: str) -> str:
        """Return the signal that the register ``cell`` holds, or the memory's name."""
        connections = self._cells.get(cell, {}).get("connections", {})
        for bit in connections.get("Q", []):
            if bit in self._of_bit:
                return self._of_bit[bit]
        return plain_name(cell)


def _preference(name: str) -> tuple[int, int]:
    return name.count("."), -len(name)


def plain_name(name: str) -> str:
    """Return ``name`` without what the tools appended: ``core.sum_q_LUT4_Z_2`` -> ``core.sum_q``.

    A tile of a memory, ``core.app.0.3``, becomes ``core.app``.
    """
    name = re.sub(r"\\", "", name)
    shorter = _INVENTED.sub("", name).rstrip(".")
    return re.sub(r"(\.\d+)+$", "", shorter) or name


def slowest(paths: Iterable[dict], names: SignalNames) -> CriticalPath | None:
    """Return the slowest path between clock edges in nextpnr's ``critical_paths``."""
    clocked = [
        path for path in paths if "<async>" not in (path["from"], path["to"]) and path["path"]
    ]
    if not clocked:
        return None
    hops = max((path["path"] for path in clocked), key=_total)
    routing = sum(hop["delay"] for hop in hops if hop["type"] == "routing")
    total = _total(hops)
    start, end = names.of_cell(hops[0]["from"]["cell"]), names.of_cell(hops[-1]["to"]["cell"])
    through = []
    for hop in hops:
        if hop["type"] == "routing":
            name = re.sub(r"\[\d+\]$", "", plain_name(hop["net"]))
            if not _INVENTED.search(hop["net"]) and name not in through:
                through.append(name)
    ends = {re.sub(r"\[\d+\]$", "", name) for name in (start, end)}
    return CriticalPath(
        start,
        end,
        round(total, 3),
        round(total - routing, 3),
        round(routing, 3),
        _levels(hops),
        tuple(name for name in through if name not in ends),
    )


def _total(hops: list[dict]) -> float:
    return sum(hop["delay"] for hop in hops)


def _levels(hops: list[dict]) -> int:
    """Count logic hops; from carry-in to carry-out a chain goes on and is not counted again."""
    logic = [hop for hop in hops if hop["type"] == "logic"]
    return sum(not hop["from"]["port"].startswith("FCI") for hop in logic)
