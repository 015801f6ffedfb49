"""Proofs by SymbiYosys: a few of each kind, and the whole table slowly."""

from collections import defaultdict
from dataclasses import replace

import formal_table
import pytest
from formal import ALL
from formal.faults import planted
from formal.proofs import Fault
from formal.streams import PHANTOM

from hw.lib.skid import SkidBuffer

FAST = [("SkidBuffer", ""), ("ElasticQueue", "way 1"), ("FrameGuard", "3 beats"),
        ("MinSearch", "2-bit Gray code")]  # fmt: skip


def proof(name: str, case: str):
    return next(p for p in ALL if (p.name, p.case) == (name, case))


@pytest.mark.parametrize(("name", "case"), FAST)
def test_a_block_is_proved(name, case):
    verdict = proof(name, case).check()
    assert verdict.proved == proof(name, case).properties()[0]
    assert not verdict.violated and not verdict.undecided


@pytest.mark.parametrize(("name", "case"), [FAST[0], FAST[1]])
def test_a_fault_is_found(name, case):
    fault = proof(name, case).faults[0]
    assert proof(name, case).check_with(fault).violated == {fault.breaks}


def test_every_fault_has_its_place():
    """The slow table would say it only when somebody runs it."""
    for each in ALL:
        for fault in each.faults:
            with planted(fault.module, fault.old, fault.new):
                pass


def test_a_register_without_reset_is_found():
    """Registers hold anything before the first cycle, and a reset may come at any time."""
    fault = Fault(
        PHANTOM,
        "hw.lib.stage",
        "payload, full = Signal(self.shape, reset_less=True), Signal()",
        "payload, full = Signal(self.shape, reset_less=True), Signal(reset_less=True)",
    )
    assert proof("StreamStage", "").check_with(fault).violated == {PHANTOM}


def test_a_property_that_does_not_hold_is_not_proved_by_induction():
    """A queue whose addresses go wrong, by the engine that finds no traces."""
    queue = proof("MemoryQueue", "4 entries")
    with planted(queue.faults[1].module, queue.faults[1].old, queue.faults[1].new):
        verdict = queue.check()
    assert not verdict.proved and verdict.undecided == set().union(*queue.properties())


def test_every_property_of_a_block_has_a_fault_that_breaks_it():
    stated, broken = defaultdict(set), defaultdict(set)
    for each in ALL:
        stated[each.name] |= each.properties()[0]
        broken[each.name] |= {fault.breaks for fault in each.faults}
    assert stated == broken
    assert len(stated) >= 10


def test_a_fault_is_there_only_within():
    before = SkidBuffer.elaborate.__code__
    with planted("hw.lib.skid", "self.i.ready.eq(~waiting)", "self.i.ready.eq(1)"):
        assert SkidBuffer.elaborate.__code__ != before
    assert SkidBuffer.elaborate.__code__ == before


def test_a_text_that_is_not_there_is_no_fault():
    skid = proof("SkidBuffer", "")
    with pytest.raises(ValueError, match="is there 0 times, expected once"):
        skid.check_with(Fault("x", "hw.lib.skid", "no such text", ""))


def test_a_fault_that_breaks_nothing_fails_the_table(monkeypatch, capsys):
    skid = proof("SkidBuffer", "")
    harmless = replace(skid.faults[0], new=skid.faults[0].old + " ")
    monkeypatch.setattr(formal_table, "ALL", [replace(skid, faults=(harmless,))])
    line, wrong = formal_table.row(0)
    assert "8 of 8" in line and "0 of 1" in line and len(wrong) == 1


@pytest.mark.slow
def test_every_block_is_proved_and_every_fault_found(capfd):
    code = formal_table.main([])
    assert (code, capfd.readouterr().err) == (0, "")
