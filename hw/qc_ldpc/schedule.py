"""Static schedule of one iteration: which edge of which frame enters and leaves in which cycle.

Frames take turns layer by layer, so while one frame's layer is in the pipeline the others keep it
full. The result repeats every ``period`` cycles. ``verify`` checks the result against the rules
independently of how it was found.
"""

from dataclasses import dataclass

from hw.qc_ldpc.pipeline import Pipeline
from model.errors import InputError
from quant.spec import Spec


@dataclass(frozen=True)
class Operation:
    """One block edge of one frame slot.

    front, back : cycles of its two program words, counted from the start of the period; ``back``
        may lie past the end of the period
    """

    slot: int
    layer: int  # position in the spec's layer order
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

    way : of the pipeline that they keep their distances in
    """

    slots: int
    period: int
    operations: tuple[Operation, ...]
    way: int = 0


def layer_order(spec: Spec) -> tuple[int, ...]:
    """Block rows in the order in which an iteration takes them; with flooding it decides no bit."""
    return spec.layer_order or tuple(range(len(spec.code.rows)))


def passes(spec: Spec, iterations: float) -> float:
    """Times that a frame of so many iterations goes through all layers.

    With flooding the sums of an iteration are told to the checks, and found to satisfy them or not,
    in the next pass.
    """
    return iterations + spec.flooding


def layer_edges(spec: Spec) -> list[list[tuple[int, int, int]]]:
    """Per layer in schedule order: (block edge number, column, exponent)."""
    numbered, edge = [], 0
    for row in spec.code.rows:
        numbered.append([(edge + i, column, exponent) for i, (column, exponent) in enumerate(row)])
        edge += len(row)
    return [numbered[row] for row in layer_order(spec)]


def _ordered(layers: list[list[tuple[int, int, int]]]) -> list[list[tuple[int, int, int]]]:
    """Sort each row so that columns used longest ago come first: they are surely written back."""
    age: dict[int, int] = {}
    ordered: list[list[tuple[int, int, int]]] = []
    for turn in range(2):
        ordered = []
        for position, row in enumerate(layers):
            now = turn * len(layers) + position
            ordered.append(sorted(row, key=lambda entry: age.get(entry[1], -1)))
            for place, (_, column, _) in enumerate(ordered[-1]):
                age[column] = now * 1024 + place
    return ordered


def make_schedule(spec: Spec, slots: int, way: int = 0) -> Schedule:
    """Place every layer of every slot as early as the pipeline allows, in turn."""
    pipeline, layers = Pipeline(spec, way=way), _ordered(layer_edges(spec))
    operations: list[Operation] = []
    written: dict[tuple[int, int], int] = {}  # (slot, column) -> cycle of the last back word
    end_of_front = end_of_back = 0
    for layer, row in enumerate(layers):
        distance = pipeline.front_to_back(len(row))
        for slot in range(slots):
            # The row's minima replace those of the row before, whose back words must be through.
            start = max(end_of_front, end_of_back - (len(row) - 1 + pipeline.last_front_to_minima))
            for place, (_, column, _) in enumerate(row):
                if (slot, column) in written:
                    start = max(start, written[slot, column] + pipeline.back_to_front - place)
            for place, (edge, column, exponent) in enumerate(row):
                front = start + place
                written[slot, column] = front + distance
                ends = place == 0, place == len(row) - 1
                operations.append(
                    Operation(slot, layer, edge, column, exponent, *ends, front, front + distance)
                )
            end_of_front, end_of_back = start + len(row), start + len(row) + distance
    period = _period(pipeline, operations, end_of_front)
    schedule = Schedule(slots, period, tuple(operations), way)
    verify(spec, schedule)
    return schedule


def _period(pipeline: Pipeline, operations: list[Operation], end_of_front: int) -> int:
    """Shortest period for which the next iteration keeps its distances to this one."""
    first_front: dict[tuple[int, int], int] = {}
    last_back: dict[tuple[int, int], int] = {}
    slot_front: dict[int, int] = {}
    slot_back: dict[int, int] = {}
    for op in operations:
        first_front.setdefault((op.slot, op.column), op.front)
        last_back[op.slot, op.column] = op.back
        slot_front.setdefault(op.slot, op.front)
        slot_back[op.slot] = op.back
    period = max(end_of_front, operations[-1].back + 1 - operations[0].back)
    first_end = next(op.front for op in operations if op.last)
    period = max(period, operations[-1].back + 1 - first_end - pipeline.last_front_to_minima)
    for key, back in last_back.items():
        period = max(period, back + pipeline.back_to_front - first_front[key])
    for slot, back in slot_back.items():
        period = max(period, back + pipeline.slot_decided - slot_front[slot])
    return period


def verify(spec: Spec, schedule: Schedule) -> None:
    """Check every rule over two periods; ``InputError`` would mean a fault of the scheduler.

    Among them: no memory word that matters is read in the cycle in which it is written.
    """
    pipeline, period = Pipeline(spec, way=schedule.way), schedule.period
    degree = {layer: len(row) for layer, row in enumerate(layer_edges(spec))}
    fronts: set[int] = set()
    backs: set[int] = set()
    ready: dict[tuple[int, int], int] = {}
    decided: dict[int, int] = {}
    stored: dict[tuple[int, int], int] = {}
    previous_back = row_before = -1
    for turn in range(2):
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
            for fault, present in faults.items():
                if present:
                    raise InputError(f"schedule of {spec.name}: {fault} at cycle {front}: {op}")
            fronts.add(front)
            backs.add(back)
            previous_back = back
            ready[op.slot, op.column] = back + pipeline.back_to_front
            stored[op.slot, op.edge] = back + pipeline.c2v_write
        for op in schedule.operations:
            decided[op.slot] = op.back + turn * period + pipeline.slot_decided
