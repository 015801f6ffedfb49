"""The controller of the precoder's arrays against the schedule, cycle by cycle."""

import numpy as np
import pytest
from amaranth_bench import simulate
from precoder_bench import Schedule
from small_precoders import small_precoder

from hw.mimo_array.stage import stages
from hw.precoder.array_controller import PrecoderController
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.timing import Timing

CASES = {
    "folded": (dict(), {}, 0),
    "folded, three passes, qpsk": (dict(users=5, constellation="qpsk"), {}, 0),
    "folded, writable": (dict(iterations=1), {"writable": True}, 0),
    "matched filter": (dict(), {"form": "unfolded"}, 0),
    "a round": (dict(), {"form": "unfolded"}, 1),
    "last round, writable": (dict(), {"form": "unfolded", "writable": True}, 2),
}


@pytest.mark.parametrize("case", CASES)
def test_controller_keeps_the_schedule(case):
    """Loads, planes, coefficients and strobes at their times; writes take the tables' ports."""
    features, options, number = CASES[case]
    g = Geometry(small_precoder(**features), Options(**options))
    timing, stage, rng = Timing(g), stages(g)[number], np.random.default_rng(number)
    controller, schedule = PrecoderController(g, timing, stage), Schedule(g, timing, stage)
    banks = int(rng.integers(1 << timing.slots))
    half = 1 << controller.writing.half.shape().width
    seen = set()

    async def bench(ctx):
        before = None
        for time in range(g.window * (timing.slots + g.rounds)):
            cycle, slot, round_ = schedule.place(time, timing.load)
            for port, due in (("load", cycle == 0), ("turn", cycle % 2 == 0), ("slot", slot),
                              ("imaginary", cycle % 2 == 0), ("matched", round_ == 0)):  # fmt: skip
                # Registers: what the counters said before reset is not known.
                assert time == 0 or ctx.get(getattr(controller, port)) == due, (time, port)
            # ``banks`` speaks of a vector that enters from two cycles after its load on.
            soon, slot_soon, round_soon = schedule.place(time + 1, timing.load)
            entering = round_soon == 0 and soon < 3
            ctx.set(controller.banks, banks ^ (entering << slot_soon))
            admitted = banks >> slot & 1 if round_ == 0 else int(rng.integers(2))
            ctx.set(controller.admitted_bank, admitted)
            indices = rng.integers(0, 256, g.user_groups).tolist()
            writes = ["", "backward", "forward"][rng.integers(3) if time % 40 > 20 else 0]
            writing = dict(address=int(rng.integers(128 if writes == "forward" else 256)),
                           half=int(rng.integers(min(half, max(2, g.passes)))) % half,
                           bank=int(rng.integers(2)),
                           build=dict(turn=int(rng.integers(2)), operand=int(rng.integers(8)),
                                      minus=int(rng.integers(2))))  # fmt: skip
            if writes:
                writing[f"writes_{writes}"] = 1
                writing["build"][f"write_{writes}"] = 1
            ctx.set(controller.indices, indices)
            ctx.set(controller.writing, writing)
            if before is not None and time > g.window:
                check(ctx, time, *before)
            before = indices, writes, writing
            await ctx.tick()

    def check(ctx, time, indices, writes, writing):
        control = ctx.get(controller.control)
        due = schedule.control(time, indices, banks) | {"forward_address": writing["address"] & 127}
        if writes == "backward":
            due["indices"] = [writing["address"]] * g.user_groups
            due |= {"table_bank": writing["bank"], "table_group": writing["half"] & 1}
        elif writes == "forward":
            due |= {"forward_bank": writing["bank"], "forward_pass": writing["half"]}
        if not stage.finishes:
            del due["emit"]
        for name, value in due.items():
            got = getattr(control, name)
            assert (list(got) if name == "indices" else got) == value, (time, name, writes)
            if value:
                seen.add(name)
        for name, value in writing["build"].items():
            assert getattr(control.build, name) == value, (time, name)

    simulate(controller, bench)
    rare = {"emit"} if stage.finishes else set()
    assert {"clear", "take", "x_shift", "planes", "bank", "forward_bank"} | rare <= seen


@pytest.mark.parametrize(("form", "number"), [("folded", 0), ("unfolded", 0), ("unfolded", 2)])
def test_coefficients_are_those_written_last(form, number):
    g = Geometry(small_precoder(), Options(form=form, writable=True))
    timing, stage, rng = Timing(g), stages(g)[number], np.random.default_rng(8)
    controller, schedule = PrecoderController(g, timing, stage), Schedule(g, timing, stage)
    values = {name: list(of_rounds) for name, of_rounds in g.coefficients.items()}

    async def bench(ctx):
        late = None
        for time in range(g.window * 20):
            control = ctx.get(controller.control)
            round_ = schedule.place(time, timing.values)[2]
            if late is not None:
                for name, due in late.items():
                    assert getattr(control, name) == due[round_], (time, name)
            late = {name: list(of_rounds) for name, of_rounds in values.items()}
            index, value = int(rng.integers(2 * g.rounds)), int(rng.integers(-1 << 17, 1 << 17))
            valid = rng.random() < 0.1
            ctx.set(controller.write, dict(valid=int(valid), index=index, value=value))
            if valid:
                values["step" if index % 2 else "keep"][index // 2] = value
            await ctx.tick()

    simulate(controller, bench)
