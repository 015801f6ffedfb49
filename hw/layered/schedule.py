"""Static schedule of one iteration: which edge of which frame enters and leaves in which cycle.

Frames take turns layer by layer, so while one frame's layer is in the pipeline the others keep it
full. The result repeats every ``period`` cycles; a slot's iteration may begin anywhere in it
(:mod:`hw.layered.interleave`). ``verify`` checks the result against the rules independently of how
it was found.
"""

from dataclasses import dataclass

from hw.layered.interleave import Spacing, best_turns, starts_of
from hw.layered.job import MOST_OPERATIONS, Job
from hw.layered.pipeline import Pipeline
from model.errors import InputError


@dataclass(frozen=True)
class Operation:
    """One block edge of one frame slot.

    front, back : cycles of its two program words, counted from the start of the period; ``back``
        may lie past the end of the period
    """

    slot: int
    layer: int  # position in the job's layer order
    edge: int  # block-edge number
    column: int
    exponent: int
    first: bool  # of its row
    last: bool
    front: int
    back: int


@dataclass(frozen=True)
class Schedule:
    """Operations in front order, and the number of cycles after which they repeat.

    In the first period after a reset a slot has no frame until its layer 0 comes.

    way : of the pipeline that they keep their distances in
    """

    slots: int
    period: int
    operations: tuple[Operation, ...]
    way: int = 0

    @property
    def longest_wait(self) -> int:
        """Cycles from a front word to the one behind its back word, at most."""
        return max(op.back - op.front for op in self.operations) + 1

    def in_iterations(self) -> list[Operation]:
        """All operations, every slot's in the order of an iteration."""
        return sorted(self.operations, key=lambda op: (op.layer, op.front))


def layer_order(job: Job) -> tuple[int, ...]:
    """Block rows in the order in which an iteration takes them; with flooding it decides no bit."""
    return job.layer_order or tuple(range(len(job.code.rows)))


def passes(job: Job, iterations: float) -> float:
    """Times that a frame of so many iterations goes through all layers.

    With flooding the sums of an iteration are told to the checks, and found to satisfy them or not,
    in the next pass.
    """
    return iterations + job.flooding


def layer_edges(job: Job) -> list[list[tuple[int, int, int]]]:
    """Per layer in schedule order: (block edge number, column, exponent)."""
    numbered, edge = [], 0
    for row in job.code.rows:
        numbered.append([(edge + i, column, exponent) for i, (column, exponent) in enumerate(row)])
        edge += len(row)
    return [numbered[row] for row in layer_order(job)]


def ordered(layers: list[list[tuple[int, int, int]]], hurry: bool) -> list:
    """Sort each row so that columns used longest ago come first: they are surely written back.

    hurry : of those that the row before does not use, the ones that the next row uses come first
    """
    count, ordered = len(layers), []
    used: dict[int, tuple[int, int]] = {}  # by column: in which row last, and at which place
    for now in range(2 * count):  # twice, so that every row has all others before it
        needed = {column for _, column, _ in layers[(now + 1) % count]}
        ranked = []
        for entry in layers[now % count]:
            last = used.get(entry[1], (-2, 0))
            first = (last[0] == now - 1, entry[1] not in needed) if hurry else ()
            ranked.append((first, last, entry))
        ordered.append([entry for *_, entry in sorted(ranked)])
        used.update((column, (now, place)) for place, (_, column, _) in enumerate(ordered[-1]))
    return ordered[count:]


def make_schedule(job: Job, slots: int, way: int = 0) -> Schedule:
    """Place every layer of every slot in the turns with the shortest period that is found.

    ``InputError`` for more operations than ``hw.layered.job.MOST_OPERATIONS``.
    """
    if slots * job.n_block_edges > MOST_OPERATIONS:
        fitting = MOST_OPERATIONS // job.n_block_edges
        out = f"--slots {fitting} fits" if fitting else "larger circulants are needed"
        raise InputError(
            f"{job.name}: {job.n_block_edges} block edges in {slots} slots are a program of more "
            f"than {MOST_OPERATIONS} words; {out}"
        )
    orders = [ordered(layer_edges(job), hurry) for hurry in (False, True)]
    pipeline = Pipeline(job.times, job.code.lifting_size, way)
    placed = [_placed(pipeline, layers, slots) for layers in orders]
    schedule = min(placed, key=lambda schedule: schedule.period)
    verify(job, schedule)
    return schedule


def _placed(pipeline: Pipeline, layers: list[list[tuple[int, int, int]]], slots: int) -> Schedule:
    """The schedule for rows whose edges have their order."""
    spacing = Spacing(pipeline, tuple(tuple(column for _, column, _ in row) for row in layers))
    turns, period = best_turns(spacing, slots)
    operations = []
    for (slot, layer), start in zip(turns, starts_of(spacing, turns, period), strict=True):
        row = layers[layer]
        distance = pipeline.front_to_back(len(row))
        for place, (edge, column, exponent) in enumerate(row):
            front = start + place
            ends = place == 0, place == len(row) - 1
            operations.append(
                Operation(slot, layer, edge, column, exponent, *ends, front, front + distance)
            )
    return Schedule(slots, period, tuple(operations), pipeline.way)


def verify(job: Job, schedule: Schedule) -> None:
    """Check every rule over three periods; ``InputError`` would mean a fault of the scheduler.

    Among them: no memory word that matters is read in the cycle in which it is written. In the
    third period every layer has whole iterations of its slot before it, wherever those begin.
    """
    pipeline, period = Pipeline(job.times, job.code.lifting_size, schedule.way), schedule.period
    _verify_rows(job, schedule)
    degree = {layer: len(row) for layer, row in enumerate(layer_edges(job))}
    fronts: set[int] = set()
    backs: set[int] = set()
    ready: dict[tuple[int, int], int] = {}
    decided: dict[int, int] = {}
    stored: dict[tuple[int, int], int] = {}
    previous_back = row_before = -1
    for turn in range(3):
        for op in schedule.operations:
            front, back = op.front + turn * period, op.back + turn * period
            searched = front + pipeline.front_to_back(degree[op.layer])
            row_before = previous_back if op.first else row_before
            minima = front + pipeline.last_front_to_minima
            read = front + pipeline.c2v_address
            fifo_read = back + pipeline.fifo_address
            faults = {
                "front words collide": front in fronts,
                "back words collide": back in backs,
                "back words leave the FIFO's order": back <= previous_back,
                "minimum search is not done": back < searched,
                "minima are replaced before their last use": op.last and minima <= row_before,
                "FIFO is read before it is written": fifo_read <= front + pipeline.indexed,
                "message is read before it is written": read <= stored.get((op.slot, op.edge), -1),
                "column is read before it is written": front < ready.get((op.slot, op.column), 0),
                "slot is read before it is decided": front < decided.get(op.slot, 0),
            }
            _refuse(job, op, faults)
            fronts.add(front)
            backs.add(back)
            previous_back = back
            ready[op.slot, op.column] = back + pipeline.back_to_front
            stored[op.slot, op.edge] = back + pipeline.c2v_write
            if op.last and op.layer == len(degree) - 1:
                decided[op.slot] = back + pipeline.slot_decided


def _verify_rows(job: Job, schedule: Schedule) -> None:
    """Every slot takes whole rows, each edge once, in the order of the layers, over and over."""
    layers, period = layer_edges(job), schedule.period
    due = {(slot, edge) for slot in range(schedule.slots) for row in layers for edge in row}
    before = schedule.operations[-1]
    last_layer = {op.slot: op.layer for op in schedule.operations}
    left = 0  # edges of the row
    for op in schedule.operations:
        if op.first:
            whole, left = left == 0, len(layers[op.layer])
            in_order = op.layer == (last_layer[op.slot] + 1) % len(layers)
        else:
            same = (op.slot, op.layer) == (before.slot, before.layer)
            whole = same and (op.front, op.back) == (before.front + 1, before.back + 1)
            in_order = True
        left -= 1
        edge = op.slot, (op.edge, op.column, op.exponent)
        faults = {
            "a row is not in one piece": not whole or op.last != (left == 0),
            "a layer is out of turn": not in_order,
            "an edge is not due": edge not in due,
            # The program marks back words whose front words stand one period before, not more.
            "a word is too far away": not 0 <= op.front < period or op.back >= 2 * period,
        }
        _refuse(job, op, faults)
        due.discard(edge)
        before, last_layer[op.slot] = op, op.layer
    if due:
        raise InputError(f"schedule of {job.name}: {len(due)} edges are missing")


def _refuse(job: Job, op: Operation, faults: dict[str, bool]) -> None:
    for fault, present in faults.items():
        if present:
            raise InputError(f"schedule of {job.name}: {fault} at cycle {op.front}: {op}")
