"""Frame slots of the block-serial engine: which frame is in which, and what becomes of it."""

from functools import partial

from amaranth.hdl import Array, Cat, Const, Mux, Signal, Value
from amaranth.lib import data
from small_specs import flooding_spec, job_of, small_spec

from formal.bench import Bench
from formal.inside import Inside
from formal.proofs import Proof, faults
from formal.streams import within
from hw.layered.options import Options
from hw.layered.schedule import passes
from hw.layered.slots import SlotControl, frame_layout, slot_layout

STARTED = "a frame starts only if one was loaded"
REGION = "a frame starts only with an output region"
FREE = "no frame starts in a slot that has one"
SHOWN = "its slot shows the followed frame"
RELEASED = "its input region is released after its first pass alone"
RELEASES = "no more regions are released than frames started"
RESULT = "its result is the verdict of its last pass, in its place"
OLDEST = "a result is in the oldest region, of a frame that started"
THERE = "the result of a frame that has ended is there"
STARTS = "an idle slot takes a frame that waits"
# Between input and output:
WAITING = "waiting says how many are"
ALLOCATED = "allocated says how many are"
NEXT = "the next regions are those of the number"
HOLD = "only regions that frames have hold results"
OWN = "slots have regions of their own, without results"
PASSES = "a slot counts its passes"
INPUTS = "frames in their first pass hold the input regions that started"
DECIDED = "what is decided on is the slot's state"
WHERE = "the followed frame waits or runs or has ended"
ON_WAY = "the result of the followed frame is on its way"


def _layer_ends(bench: Bench, end, slots: int) -> Signal:
    """What the program promises: layers of a slot from first to last, verdicts cycles apart.

    Returns by slot whether its next layer is the first.
    """
    first = Signal(slots, init=-1)
    for slot in range(slots):
        here = end.valid & (end.slot == slot)
        with bench.m.If(here):
            bench.m.d.sync += first[slot].eq(end.last)
        for ago in (1, 2):
            bench.assume(~(here & bench.past(here & end.last, ago)))
    bench.assume(~end.valid | (end.first == Array(first)[end.slot]))
    bench.assume(end.slot < slots)
    return first


def _slots(spec, slots: int, bench: Bench) -> None:
    """Any frame that is loaded may be followed, to its result."""
    m, job = bench.m, job_of(spec)
    options = Options(slots=slots, input_regions=2, output_regions=4)
    block = SlotControl(job, options)
    inside = bench.block(block)
    starting = bench.signal(inside.next_of("started"), "starting")
    bench.free_inputs(block)
    end, most = block.layer_end, passes(job, job.iterations)
    first = _layer_ends(bench, end, slots)
    bits = 4  # of numbers of frames, of which at most 6 are on their way
    loaded, started, taken, released = (
        Signal(bits, name=name) for name in ("n_loaded", "n_started", "n_taken", "n_released")
    )
    m.d.sync += [
        loaded.eq(loaded + block.loaded), started.eq(started + starting),
        taken.eq(taken + block.result_taken), released.eq(released + block.released),
    ]  # fmt: skip
    allocated = bench.signal((started - taken)[:bits], "n_allocated")
    bench.assume(~block.loaded | ((loaded - released)[:bits] < options.input_regions))
    bench.assume(~block.result_taken | block.result_valid)

    waits, running, ended, bad = (Signal(name=n) for n in ("waits", "running", "ended", "bad"))
    number, slot = Signal(bits, name="number"), Signal(block.slot.shape(), name="its_slot")
    done, decoded, iterations = Signal(range(most + 1)), Signal(), Signal(7)
    decided = bench.past(end.slot)
    choose = bench.free(1, "choose")
    with m.If(choose & block.loaded & ~waits & ~running & ~ended):
        m.d.sync += [waits.eq(1), number.eq(loaded)]
    with m.If(waits & starting & (started == number)):
        m.d.sync += [waits.eq(0), running.eq(1), slot.eq(decided), done.eq(0)]
    wrong = bench.signal(end.odd | (~end.first & (bad | end.changed)), "wrong")
    its = bench.signal(running & end.valid & (end.slot == slot), "its_layer")
    looks = (done != 0) if job.flooding else 1
    stops = ~wrong & looks if job.early_stop else 0
    with m.If(its):
        m.d.sync += bad.eq(wrong)
        with m.If(end.last):
            m.d.sync += done.eq(done + 1)
            with m.If(stops | (done == most - 1)):
                m.d.sync += [
                    running.eq(0), ended.eq(1), decoded.eq(~wrong),
                    iterations.eq(done + (0 if job.flooding else 1)),
                ]  # fmt: skip
    with m.If(block.result_taken & (taken == number) & ended):
        m.d.sync += ended.eq(0)

    bench.always(STARTED, ~starting | (started != loaded))
    bench.always(REGION, ~starting | (allocated < options.output_regions))
    bench.always(FREE, ~(starting & running & (decided == slot)))
    passed, state = bench.past(its & end.last), block.state
    bench.always(SHOWN, ~(running & (block.slot == slot) & ~passed) | Cat(
        state.busy, state.initial == (done == 0), state.last == (done == most - 1),
        state.iteration == done, state.input_region == number[:1],
        state.output_region == number[:2],
    ).all())  # fmt: skip
    bench.always(RELEASED, ~passed | (block.released == bench.past(done == 0)))
    bench.always(RELEASES, ~block.released | (released != started))
    result = block.result
    bench.always(RESULT, ~(block.result_valid & (waits | running | ended) & (taken == number)) | (
        ended & (result.decoded == decoded) & (result.iterations == iterations)
    ))  # fmt: skip
    bench.always(OLDEST, ~block.result_valid
                 | ((block.result_region == taken[:2]) & (taken != started)))  # fmt: skip
    within(bench, THERE, ended & (taken == number) & ~block.result_valid, 2)
    idle = end.valid & end.last & (block.slot == end.slot) & ~state.busy
    room = allocated < options.output_regions
    room &= bench.past(room) & bench.past(room, 2)
    bench.always(STARTS, ~(bench.past(idle) & ~bench.past(starting) & (loaded != started) & room)
                 | starting)  # fmt: skip

    _between(bench, block, inside, (loaded, started, taken, released))
    # Where the followed frame is, and its result on its way.
    ends = bench.past(its & end.last & (stops | (done == most - 1)))
    on_way = bench.past(ends) & ended
    place, busy = number[:2], inside.signal("busy")
    good = Array(inside.signal(f"good{n}") for n in range(slots))
    decision = data.View(block._decision_layout({"verified": 1}), inside.signal("decision"))
    state = data.View(slot_layout(job, options), inside.signal("state"))
    over, finished = inside.signal("over"), inside.signal("done")
    status, first_pass = Cat(decoded, iterations), 0 if job.flooding else 1
    kept = inside.memory("status").word(place, "kept")
    layout = frame_layout(job, options)
    frame = Array(
        Value.cast(inside.memory("frames").word(Const(n, 3), f"its{n}")) for n in range(slots)
    )
    its_frame = data.View(layout, bench.signal(frame[slot], "its_frame"))
    regions = (its_frame.output_region == place) & (its_frame.input_region == number[:1])
    bench.always(WHERE, Cat(
        ~(waits & running), ~(waits & ended), ~(running & ended), slot < slots,
        ~waits | ((number - started)[:bits] < (loaded - started)[:bits]),
        ~(running | ended) | ((number - taken)[:bits] < (started - taken)[:bits]),
        ~running | (Array(busy)[slot] & regions),
        ~running | ((done < most) & (passed | (its_frame.iteration == done))),
        ~running | Array(first)[slot] | (good[slot] == ~bad),
    ).all())  # fmt: skip
    bench.always(ON_WAY, ~ended | Mux(
        ends,
        decision.valid & (decision.verified == decoded) & state.busy
        & (state.output_region == place) & (state.iteration + first_pass == iterations)
        & (state.last | (decoded if job.early_stop else 0)),
        Mux(on_way, over == Cat(1, place, status), Array(finished)[place] & (kept == status)),
    ))  # fmt: skip


def _between(bench: Bench, block: SlotControl, inside: Inside, counts) -> None:
    """What makes all of that inductive: what the registers in between say."""
    options, job = block.options, block.job
    loaded, started, taken, released = counts
    bits, regions = len(taken), options.output_regions
    late = inside.signal("started")  # what starts is counted a cycle later
    counted = bench.signal((started - late)[:bits], "n_counted")
    freed = bench.past(block.result_taken)
    counts = (WAITING, loaded - counted), (ALLOCATED, counted - taken + freed)
    for name, count in counts:
        unary = inside.signal(name.split()[0])
        is_count = [unary == (1 << n) - 1 for n in range(len(unary) + 1)]
        bench.always(name, Array(is_count)[count[:bits]])
    bench.always(NEXT, Cat(
        inside.signal("start_region") == counted[:1],
        inside.signal("next_result") == counted[:2],
        inside.signal("oldest") == taken[:2],
    ).all())  # fmt: skip
    done, over, busy = inside.signal("done"), inside.signal("over"), inside.signal("busy")
    over_valid, over_region = over[0], over[1:3]
    used = [Value.cast((Const(r, bits) - taken)[:2] < (started - taken)[:bits])
            for r in range(regions)]  # fmt: skip
    new = Array(used)[over_region] & ~Array(done)[over_region]
    bench.always(HOLD, Cat(~done[r] | used[r] for r in range(regions)).all() & (~over_valid | new))
    layout, stored = frame_layout(job, options), inside.memory("frames")
    frames = [
        data.View(layout, stored.word(Const(n, 3), f"frame{n}")) for n in range(options.slots)
    ]
    last = passes(job, job.iterations) - 1
    regions_of = [frame.output_region for frame in frames]
    bench.always(OWN, Cat(
        ~busy[n] | (
            Array(used)[region] & ~Array(done)[region] & ~(over_valid & (over_region == region))
        ) for n, region in enumerate(regions_of)
    ).all() & Cat(
        ~(busy[n] & busy[k]) | (regions_of[n] != regions_of[k])
        for n in range(options.slots) for k in range(n)
    ).all())  # fmt: skip
    bench.always(PASSES, Cat(
        ~busy[n] | ((frame.iteration <= last) & (frame.initial == (frame.iteration == 0))
                    & (frame.last == (frame.iteration == last)))
        for n, frame in enumerate(frames)
    ).all())  # fmt: skip
    in_first = sum(busy[n] & frame.initial for n, frame in enumerate(frames))
    bench.always(INPUTS,
                 ((started - released)[:bits] == in_first)
                 & ((loaded - released)[:bits] <= options.input_regions)
                 & ((loaded - started)[:bits] <= options.input_regions)
                 & ((started - taken)[:bits] <= regions))  # fmt: skip
    decision = inside.signal("decision")
    slot, state = bench.past(block.layer_end.slot), inside.signal("state")
    words = Array(Cat(busy[n], Value.cast(frame)) for n, frame in enumerate(frames))
    bench.always(DECIDED,
                 (decision[0] == bench.past(block.layer_end.valid & block.layer_end.last))
                 & (~decision[0] | ((state == words[slot])
                                    & (decision[1 : 1 + len(slot)] == slot))))  # fmt: skip


_SLOTS = faults(
    "hw.layered.slots",
    (STARTED, "waiting[0] & ~allocated[-1] & ~started", "~allocated[-1] & ~started"),
    (REGION, "waiting[0] & ~allocated[-1] & ~started", "waiting[0] & ~started"),
    (FREE, "free = ~state.busy | state.last | stopping", "free = 1"),
    (SHOWN, "Mux(free, 0, state.iteration + 1)", "Mux(free, 0, state.iteration + 2)"),
    (RELEASED, "decision.valid & state.busy & state.initial", "decision.valid & state.busy"),
    (RELEASES, "decision.valid & state.busy & state.initial", "decision.valid & state.initial"),
    (RESULT, "status.iterations.eq(state.iteration + first)",
     "status.iterations.eq(state.iteration)"),
    (RESULT, "(before & ~end.changed)", "(before | ~end.changed)"),
    (OLDEST, "oldest.eq(oldest + 1)", "oldest.eq(oldest)"),
    (THERE, "self.result_valid.eq(ready),",
     "self.result_valid.eq(ready & ~self.layer_end.valid),"),
    (STARTS, "~allocated[-1] & ~started", "~allocated[-2] & ~started"),
    (WAITING, '"waiting", options.input_regions, self.loaded, started',
     '"waiting", options.input_regions, self.loaded, starting'),
    (ALLOCATED, "options.output_regions, started", "options.output_regions, starting"),
    (NEXT, "start_region.eq(start_region + 1)", "start_region.eq(start_region)"),
    (HOLD, "over.region.eq(self._region(state))", "over.region.eq(self._region(state) + 1)"),
    (OWN, "Mux(free, next_result, state.output_region)",
     "Mux(free, start_region, state.output_region)"),
    (PASSES, "state.iteration == last_pass - 1", "state.iteration == last_pass - 2"),
    (INPUTS, "decision.valid & state.busy & state.initial", "decision.valid & state.busy"),
    (DECIDED, "fetched.addr.eq(self.layer_end.slot)", "fetched.addr.eq(self.slot)"),
    (WHERE, ".eq(~free | may_start)", ".eq(~free)"),
    (ON_WAY, "status.iterations.eq(state.iteration + first)",
     "status.iterations.eq(state.iteration)"),
)  # fmt: skip

_LAYERED = dict(z=2, iterations=3)
PROOFS = [
    Proof("SlotControl", partial(_slots, small_spec(**_LAYERED), 2), "2 slots", _SLOTS, 3),
    Proof("SlotControl", partial(_slots, small_spec(**_LAYERED), 3), "3 slots", (), 3),
    Proof("SlotControl", partial(_slots, small_spec(**_LAYERED, early_stop=False), 2),
          "2 slots, no early stop", (), 3),
    Proof("SlotControl", partial(_slots, flooding_spec(**_LAYERED), 2), "2 slots, flooding", (), 3),
]  # fmt: skip
