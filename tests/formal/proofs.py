"""A proof: a block in a bench, and the faults that it must find."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from formal import sby
from formal.bench import Bench, slug
from formal.faults import planted


@dataclass(frozen=True)
class Fault:
    """A change of a block's source text.

    breaks : the property that no longer holds
    module : of the text, in which ``old`` is there once and reads ``new``
    """

    breaks: str
    module: str
    old: str
    new: str


def faults(module: str, *changes: tuple[str, str, str]) -> tuple[Fault, ...]:
    """Faults in one text: (breaks, old, new)."""
    return tuple(Fault(slug(breaks), module, old, new) for breaks, old, new in changes)


@dataclass(frozen=True)
class Proof:
    """``build`` adds a block and its properties to a bench.

    name : of the block; case : which one
    induction : of :func:`formal.sby.check`
    """

    name: str
    build: Callable[[Bench], None]
    case: str = ""
    faults: tuple[Fault, ...] = ()
    induction: int = sby.IC3

    def bench(self, only: str | None = None) -> Bench:
        """With all properties, or with only one."""
        bench = Bench(only)
        self.build(bench)
        return bench

    def properties(self) -> tuple[set[str], set[str]]:
        """Those that a fault of the block breaks, and those that follow from what is assumed."""
        bench = self.bench()
        bench.rtlil()  # whatever was made is used
        return set(bench.properties) - bench.consequences, bench.consequences

    def check(self, timeout_s: int = 600) -> sby.Verdict:
        """Of the block as it is."""
        with tempfile.TemporaryDirectory() as folder:
            return sby.check(self.bench(), Path(folder), self.induction, timeout_s)

    def check_with(self, fault: Fault, timeout_s: int = 600) -> sby.Verdict:
        """The property that a fault breaks, of the block with the fault, by IC3."""
        with tempfile.TemporaryDirectory() as folder, planted(fault.module, fault.old, fault.new):
            return sby.check(self.bench(fault.breaks), Path(folder), timeout_s=timeout_s)
