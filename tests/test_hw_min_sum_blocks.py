"""Min-sum's blocks, each alone and one behind the other, against the rows of golden."""

import random

import pytest
from amaranth_bench import simulate
from carry_models import cell
from min_sum_words import Visit, Words, visits
from small_specs import flooding_spec, small_spec

from hw.lib import target, target_ecp5, target_nexus
from hw.lib.rotator import moved
from hw.min_sum.arithmetic import MinSum
from hw.min_sum.back import BackLanes
from hw.min_sum.front import FrontLanes
from hw.min_sum.row import RowSearch
from quant.spec import Relaxation, Spec

SPECS = {
    "odd_words": dict(z=3, app_bits=9, even=True, maps="edge"),
    "saturating": dict(z=2, maps="edge"),
    "four_bits": dict(z=3, message_bits=4),
    "five_bits": dict(z=2, message_bits=5, maps="edge"),
    "relaxed": dict(z=3, relaxation=Relaxation(2, 2)),
    "ties": dict(z=2, ties=True, maps="edge"),
    "odd_words_ties": dict(z=2, app_bits=9, even=True, ties=True),
    "ties_of_three": dict(z=2, ties=2, maps="edge", message_bits=4),
    "odd_words_ties_of_three": dict(z=2, app_bits=9, even=True, ties=2, maps="edge"),
    "flooding": dict(z=3, maps="edge"),
    "flooding_relaxed_ties": dict(z=2, ties=True, relaxation=Relaxation(1, 2)),
}


def spec_of(name: str) -> Spec:
    return (flooding_spec if name.startswith("flooding") else small_spec)(**SPECS[name])


CASES = [(name, device) for name in SPECS for device in target.LAYERS]


@pytest.fixture(params=CASES, ids="-".join)
def arithmetic(request, monkeypatch) -> MinSum:
    """Cells of a family, which are Verilog's, are Amaranth modules by the same tables."""
    for module in (target_ecp5, target_nexus):
        monkeypatch.setattr(module, "Instance", cell)
    name, device = request.param
    return MinSum(spec_of(name), device)


def test_cases_reach_every_format():
    made = {name: MinSum(spec_of(name)) for name in SPECS}
    halved = [name for name, its in made.items() if its.grid.halved]
    assert halved == ["odd_words", "odd_words_ties", "odd_words_ties_of_three"]
    saturating = [name for name, its in made.items() if not its.spec.adds_exactly]
    assert {"saturating", "relaxed", "four_bits"} <= set(saturating)
    assert {type(its.code()).__name__ for its in made.values()} == {
        "Gray", "Thermometer", "Binary"
    }  # fmt: skip
    assert MinSum(made["four_bits"].spec, "ecp5").signs_apart


def stream(component, given: dict, asked: dict) -> dict:
    """A word of each input in every cycle, and what comes of it.

    given : name of an input to the cycles by which it is late, and its values
    asked : name of an output to its latency; values in the result, a list for each name
    """
    count = max(len(values) for _, values in given.values())
    found = {name: [] for name in asked}

    async def bench(ctx):
        for cycle in range(count + max(asked.values())):
            for name, late in asked.items():
                if late <= cycle < late + count:
                    found[name].append(ctx.get(getattr(component, name)))
            for name, (late, values) in given.items():
                if late <= cycle < late + count:
                    ctx.set(getattr(component, name), values[cycle - late])
            await ctx.tick()

    simulate(component, bench)
    return found


def through_front(arithmetic: MinSum, words: Words, rows: list[Visit], ring: int) -> list:
    """FIFO words of all edges of the rows, one after the other."""
    rng, lanes = random.Random(3), range(arithmetic.lanes)
    edges = [(visit, edge) for visit in rows for edge in range(len(visit.maps))]
    none = {"new": 0, "old": 0} if arithmetic.spec.flooding else 0
    near, far = [], []
    for visit, edge in edges:
        near.append([none] * len(lanes))
        far.append([none] * len(lanes))
        stays = rng.random() < 0.5  # one decision for a word: the rotator turns it or not
        for lane, value in enumerate(words.app(visit, edge)):
            place = lane if stays else moved(lane, 1, ring)
            (near if stays else far)[-1][place] = value
    stored = arithmetic.times.stored
    given = {
        "app": (stored, near),
        "far": (stored, far),
        "stored": (0, [words.stored(visit.stored[edge]) for visit, edge in edges]),
    }
    if arithmetic.spec.flooding:
        given["first_visit"] = stored, [int(visit.first_visit[edge]) for visit, edge in edges]
    front = FrontLanes(arithmetic, ring)
    return stream(front, given, {"o": stored + front.latency_cycles})["o"]


def through_search(arithmetic: MinSum, rows: list[list]) -> list:
    """What the search says of rows of FIFO words, some without a gap between them."""
    rng, steps, ends = random.Random(4), [], []
    for words in rows:
        garbage = rng.choice(rng.choice(rows))
        # Without ``valid`` nothing else matters.
        steps += [(garbage, 0, 0, rng.randrange(2))] * rng.choice([0, 0, 0, 1, 3])
        last = len(words) - 1
        steps += [(word, 1, int(e == 0), int(e == last)) for e, word in enumerate(words)]
        ends.append(len(steps) - 1)
    columns = zip(*steps, strict=True)
    given = {name: (0, list(column)) for name, column in
             zip(("i", "valid", "first", "last"), columns, strict=True)}  # fmt: skip
    search = RowSearch(arithmetic)
    said = stream(search, given, {"o": search.latency_cycles})["o"]
    for end, following in zip(ends, [*ends[1:], len(said)], strict=True):
        assert all(row == said[end] for row in said[end:following])
    return [said[end] for end in ends]


def through_back(arithmetic: MinSum, rows: list[Visit], edges: list[list], said: list) -> dict:
    """What the back says of the edges of rows whose searches have said something."""
    times, back = arithmetic.times, BackLanes(arithmetic)
    given = {
        "i": (0, [word for words in edges for word in words]),
        "row": (0, [row for row, words in zip(said, edges, strict=True) for _ in words]),
        "map": (0, [entry for visit in rows for entry in visit.maps]),
    }
    sums = times.message + times.stored + times.sum
    asked = {"stored": times.message, "app": sums, "bits": sums, "changed": sums}
    return stream(back, given, asked)


def check_back(arithmetic: MinSum, words: Words, rows: list[Visit], found: dict) -> None:
    """Messages, sums and decisions are those of golden."""
    flooding, halved, lanes = arithmetic.spec.flooding, words.halved, range(arithmetic.lanes)
    edges = [(visit, edge) for visit in rows for edge in range(len(visit.maps))]
    for number, (visit, edge) in enumerate(edges):
        stored, app = found["stored"][number], found["app"][number]
        assert words.messages(stored[lane] for lane in lanes) == visit.stored_after[edge].tolist()
        after, old = visit.after[edge], visit.old[edge]
        if flooding:
            assert [app[lane].new for lane in lanes] == after.tolist()
            assert [app[lane].old for lane in lanes] == old.tolist()
        else:
            assert [app[lane] for lane in lanes] == (after >> halved).tolist()
        decided = old if flooding else after
        changed = after < after if flooding else (after < 0) != (visit.before[edge] < 0)
        assert found["bits"][number] == sum(int(v < 0) << lane for lane, v in enumerate(decided))
        assert found["changed"][number] == sum(int(c) << lane for lane, c in enumerate(changed))


def test_front_subtracts_and_compares(arithmetic):
    words, rows = Words(arithmetic, 1), visits(arithmetic.spec, seed=1, each=8)
    found = iter(through_front(arithmetic, words, rows, ring=arithmetic.lanes))
    for visit in rows:
        for edge in range(len(visit.maps)):
            word = next(found)
            for lane, due in enumerate(words.edge(visit, edge)):
                assert {name: word[lane][name] for name in due} == due, (visit, edge, lane)


def test_front_takes_the_far_word_from_its_own_ring():
    arithmetic = MinSum(small_spec(z=6))
    words, rows = Words(arithmetic, 2), visits(arithmetic.spec, seed=2, each=4)
    found = through_front(arithmetic, words, rows, ring=3)
    values = [[word[lane].value for lane in range(6)] for word in found]
    assert values == [told.tolist() for visit in rows for told in visit.told]


@pytest.mark.parametrize(
    "arithmetic", [(name, target.PORTABLE) for name in SPECS], ids="-".join, indirect=True
)
def test_row_search_finds_minima_and_sign(arithmetic):
    words, rows = Words(arithmetic, 3), visits(arithmetic.spec, seed=3, each=8)
    edges = [[words.edge(visit, edge) for edge in range(len(visit.maps))] for visit in rows]
    for visit, said in zip(rows, through_search(arithmetic, edges), strict=True):
        due, lanes = words.row(visit), range(arithmetic.lanes)
        assert [said.m1[lane] for lane in lanes] == due["m1"]
        assert [said.second[lane] for lane in lanes] == due["second"]
        assert said.odd == due["odd"]
        assert not arithmetic.counts or said.thrice == due["thrice"]


def test_back_makes_messages_sums_and_decisions(arithmetic):
    words, rows = Words(arithmetic, 4), visits(arithmetic.spec, seed=4, each=8)
    edges = [[words.edge(visit, edge) for edge in range(len(visit.maps))] for visit in rows]
    said = [words.row(visit) for visit in rows]
    check_back(arithmetic, words, rows, through_back(arithmetic, rows, edges, said))


def test_front_search_and_back_are_a_row_of_golden(arithmetic):
    """Words go from block to block as the hardware has them."""
    words, rows = Words(arithmetic, 5), visits(arithmetic.spec, seed=5, each=8)
    found = iter(through_front(arithmetic, words, rows, ring=arithmetic.lanes))
    edges = [[next(found) for _ in visit.maps] for visit in rows]
    said = through_search(arithmetic, edges)
    check_back(arithmetic, words, rows, through_back(arithmetic, rows, edges, said))
