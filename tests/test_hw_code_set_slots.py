"""Slots of a decoder of several codes against a model: what is known of each frame, and results."""

import random

import pytest
from amaranth_bench import simulate
from small_sets import image_of, small_set

from hw.code_set.options import Options
from hw.code_set.slots import REASONS, SetSlots


@pytest.mark.parametrize("slots, regions", [(2, 4), (4, 8), (4, 16), (5, 8)])
def test_slots_equal_a_model(slots, regions):
    image, options = image_of(small_set(), Options(slots=slots, regions=regions))
    block, rng = SetSlots(options, image), random.Random(slots + regions)
    loaded: list[dict] = []  # what each frame asks for, in order
    running: dict[int, dict] = {}
    ends: dict[int, dict] = {}  # by number of the frame
    started = taken = 0

    async def bench(ctx):
        nonlocal started, taken
        cooling: dict[int, int] = {}  # slots whose verdict is on its way
        for cycle in range(8_000):
            ctx.set(block.loaded, 0)
            ctx.set(block.result_taken, 0)
            # Two beats of a verdict are far apart, but other slots' may be in the next cycle.
            choices = [s for s in running if s not in cooling and running[s]["since"] + 12 < cycle]
            slot = rng.choice(choices) if choices and rng.random() < 0.5 else None
            end = {"valid": 0, "slot": rng.randrange(slots), "first": 0, "last": 0, "odd": 0,
                   "changed": 0}  # fmt: skip
            if slot is not None:
                odd, changed = int(rng.random() < 0.3), int(rng.random() < 0.5)
                only = {"valid": 1, "slot": slot, "first": 1, "last": 1}
                end |= only | {"odd": odd, "changed": changed}
                cooling[slot] = cycle
                running[slot]["verdict"] = (not odd, not changed)
            ctx.set(block.layer_end, end)
            if len(loaded) - taken < regions and rng.random() < 0.3:
                code = rng.randrange(len(image.jobs))
                place = image.code_words[code]
                asks = {"row": place["row"], "map_row": place["map_row"],
                        "map_rows": place["map_rows"], "more": rng.randrange(9),
                        "on_pass": rng.randrange(2), "on_no_change": rng.randrange(2)}  # fmt: skip
                loaded.append(asks)
                ctx.set(block.loaded, 1)
                ctx.set(block.request, asks)
            if ctx.get(block.result_valid) and rng.random() < 0.2:
                due, found = ends[taken], ctx.get(block.result)
                assert ctx.get(block.result_region) == taken % regions
                assert (found["decoded"], found["more"]) == (due["passed"], due["more"]), taken
                assert tuple(found[name] for name in REASONS) == due["reasons"], taken
                ctx.set(block.result_taken, 1)
                assert ctx.get(block.released)
                taken += 1
            for each, frame in running.items():
                ctx.set(block.slot, each)
                now, passed = ctx.get(block.state), frame["iteration"]
                if each not in cooling and frame["since"] < cycle:
                    row = frame["asks"]["map_row"] + min(passed, frame["asks"]["map_rows"])
                    assert (now["initial"], now["map_row"]) == (passed == 0, row), (cycle, each)
                    assert now["region"] == frame["number"] % regions
            if ctx.get(block.begin):
                slot_now = ctx.get(block.begin_slot)
                assert slot_now not in running
                asks = loaded[started]
                assert ctx.get(block.begin_row) == asks["row"], started
                running[slot_now] = {"asks": asks, "number": started, "iteration": 0,
                                     "since": cycle}  # fmt: skip
                started += 1
            decided = next((s for s, since in cooling.items() if since == cycle - 1), None)
            if decided is not None:
                frame = running[decided]
                passes, still = frame["verdict"]
                reasons = (int(passes and frame["asks"]["on_pass"]),
                           int(still and frame["asks"]["on_no_change"]))  # fmt: skip
                over = frame["iteration"] == frame["asks"]["more"] or any(reasons)
                assert ctx.get(block.go_on) == (not over), cycle
                if over:
                    more = frame["asks"]["more"] - frame["iteration"]
                    ends[frame["number"]] = {"passed": passes, "more": more, "reasons": reasons}
                    del running[decided]
                else:
                    assert ctx.get(block.go_on_slot) == decided
                    frame["iteration"] += 1
                    frame["since"] = cycle
                del cooling[decided]
            await ctx.tick()

    simulate(block, bench)
    assert taken > 150
