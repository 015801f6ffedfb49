"""Rows of several codes in one pipeline: every distance is kept, whatever comes after whatever."""

import random

import pytest
from amaranth_bench import simulate
from small_sets import image_of, small_set

from hw.code_set import countdown
from hw.code_set.options import Options
from hw.code_set.sequencer import Sequencer


@pytest.mark.parametrize("width", range(2, 9))
def test_countdown_takes_as_many_steps_as_asked(width):
    table = {}
    for count in range((1 << width) - 1):
        table[countdown.start(count, width)] = count
    assert sorted(table) == list(range(1, 1 << width))
    assert table[countdown.LAST] == 0
    assert countdown.bits((1 << width) - 2) == width


def run(image, options, frames, seed: int):
    """Front and back words of a sequencer whose slots have frames of random codes.

    Returns
    -------
    fronts : (cycle, frame, iteration, word) of each front word, words as numbers of the program
    backs : cycle of each back word, with whether a row starts
    """
    rng, times = random.Random(seed), image.times
    sequencer = Sequencer(options, image, times)
    edges = {
        (code, word["column"], word["edge"]): number
        for code, (words, first) in enumerate(_programs(image))
        for number, word in enumerate(words, first)
    }
    fronts, backs = [], []
    running: dict[int, list] = {}  # slot: frame, code, iterations left, iteration
    verdicts: list[tuple[int, int]] = []

    async def bench(ctx):
        given, cycle, pending = 0, 0, []
        order: list[tuple[int, bool]] = []  # of front words: slot, last of an iteration
        while given < frames or running or pending:
            ctx.set(sequencer.begin, 0)
            ctx.set(sequencer.go_on, 0)
            ended = [entry for entry in verdicts if entry[0] <= cycle]
            if ended:
                verdicts.remove(ended[0])
                slot = ended[0][1]
                running[slot][2] -= 1
                running[slot][3] += 1
                if running[slot][2]:
                    ctx.set(sequencer.go_on, 1)
                    ctx.set(sequencer.go_on_slot, slot)
                else:
                    del running[slot]
            elif given < frames and len(running) < options.slots and rng.random() < 0.5:
                slot = next(s for s in range(options.slots) if s not in running)
                code = rng.randrange(len(image.jobs))
                running[slot] = [given, code, rng.randrange(1, 5), 0]
                given += 1
                ctx.set(sequencer.begin, 1)
                ctx.set(sequencer.begin_slot, slot)
                ctx.set(sequencer.begin_row, image.code_words[code]["row"])
            pending = order
            if ctx.get(sequencer.front):
                edge = {name: ctx.get(sequencer.edge[name])
                        for name in ("slot", "app", "c2v", "last", "last_layer")}  # fmt: skip
                frame, code, _, iteration = running[edge["slot"]]
                addressing = image.addressing
                slot, column = divmod(edge["app"], 1 << addressing.column_bits)
                assert slot == edge["slot"] == edge["c2v"] >> addressing.edge_bits
                number = edges[code, column, edge["c2v"] & addressing.zero_edge]
                fronts.append((cycle - 2, frame, iteration, number))
                order.append((edge["slot"], edge["last"] and edge["last_layer"]))
            if ctx.get(sequencer.back):
                backs.append((cycle - 1, ctx.get(sequencer.row_starts)))
                slot, last = order.pop(0)
                if last:
                    verdicts.append((cycle - 1 + times.pipeline.slot_decided - 1, slot))
            await ctx.tick()
            cycle += 1
            assert cycle < 3000 * frames, "hang"

    simulate(sequencer, bench)
    return fronts, backs


def _programs(image):
    first = 0
    for rows in image.rows:
        count = sum(row.degree for row in rows)
        yield image.program_words[first : first + count], first
        first += count


@pytest.mark.parametrize("slots", [2, 4, 5])
def test_every_distance_is_kept(slots):
    image, options = image_of(small_set(), Options(slots=slots))
    fronts, backs = run(image, options, frames=150, seed=slots)
    check(image, fronts, backs)


def check(image, fronts, backs) -> None:
    """The rules of the pipeline, as :func:`hw.layered.schedule.verify` has them."""
    pipeline, words = image.times.pipeline, image.program_words
    assert len(fronts) == len(backs)
    written: dict[tuple[int, int], int] = {}  # frame, column: back cycle
    progress: dict[int, tuple] = {}  # frame: iteration and word that come next
    previous, fetched_before = (-1, -1), -1
    for place, (front, frame, iteration, word) in enumerate(fronts):
        back, starts = backs[place]
        entry = words[word]
        assert front > previous[0] and back > previous[1], place
        assert bool(starts) == bool(entry["first"]), place
        if place and not entry["first"]:
            assert (front, back) == (previous[0] + 1, previous[1] + 1), "a row is not in one piece"
            assert frame == fronts[place - 1][1]
        if entry["first"]:
            last = next(p for p in range(place, len(fronts)) if words[fronts[p][3]]["last"])
            found = fronts[last][0] + pipeline.indexed + pipeline.times.search  # minima are there
            fetched = back + pipeline.back_data - 1
            assert fetched >= found, "the back half fetches minima that are not there"
            assert found > fetched_before, "minima are replaced before they are fetched"
            fetched_before = fetched
        # In order, and every word of the code once an iteration.
        due = progress.get(frame)
        if due is not None:
            assert (iteration, word) == due, place
        ends = entry["last"] and entry["last_layer"]
        following = (iteration + 1, _first_of(image, word)) if ends else (iteration, word + 1)
        progress[frame] = following
        assert front >= written.get((frame, entry["column"]), -1) + 1, "column is not written yet"
        written[frame, entry["column"]] = back + pipeline.back_to_front - 1
        assert back + pipeline.fifo_address > front + pipeline.indexed, "FIFO is read too early"
        previous = front, back
    resident = 0
    events = sorted([(f + pipeline.indexed, 1) for f, *_ in fronts]
                    + [(b + pipeline.fifo_address, -1) for b, _ in backs])  # fmt: skip
    most = 0
    for _, step in events:
        resident += step
        most = max(most, resident)
    assert most <= 2 * image.largest_degree + 2


def _first_of(image, word: int) -> int:
    return next(first for words, first in _programs(image) if first <= word < first + len(words))
