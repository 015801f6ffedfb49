"""What the docstrings of the engine's slots say, restated in plain Python."""

from dataclasses import dataclass, field

from hw.layered.schedule import passes


@dataclass
class Group:
    """Frames that were loaded together, or one by itself."""

    number: int
    running: list[bool]
    done: int = 0  # passes
    iterations: list[int] = field(default_factory=list)
    decoded: list[bool] = field(default_factory=list)

    def __post_init__(self):
        self.iterations = [0] * len(self.running)
        self.decoded = [False] * len(self.running)


class Slots:
    """What the docstrings say of slots, region by region."""

    def __init__(self, job, options, frames: int):
        self.job, self.options, self.frames = job, options, frames
        self.slots = [None] * options.slots
        self.good = [[True] * frames for _ in self.slots]
        self.lasts, self.started, self.sent, self.place = [], 0, 0, 0
        self.ended: dict[int, Group] = {}

    def layer_end(self, slot: int, first: bool, last: bool, odd: int, changed: int) -> bool:
        """Whether an input region becomes free."""
        for frame in range(self.frames):
            if odd >> frame & 1 or (changed >> frame & 1 and not first):
                self.good[slot][frame] = False
        if not last:
            return False
        verified, self.good[slot] = self.good[slot], [True] * self.frames
        group, released = self.slots[slot], False
        if group:
            released = group.done == 0 and not self.job.restarts
            self._pass(group, verified)
            if group.number in self.ended:
                group = None
        allocated = self.started - self.sent
        if not group and self.waiting and allocated < self.options.output_regions:
            last = self.lasts[self.started]
            group = Group(self.started, [place <= last for place in range(self.frames)])
            self.started += 1
        self.slots[slot] = group
        return released

    def _pass(self, group: Group, verified: list[bool]) -> None:
        first = 0 if self.job.flooding else 1
        for frame in range(self.frames):
            if group.running[frame]:
                group.iterations[frame] = group.done + first
                group.decoded[frame] = verified[frame]
                looks = self.job.early_stop and group.done + first > 0
                group.running[frame] = not (looks and verified[frame])
        group.done += 1
        if group.done == passes(self.job, self.job.iterations) or not any(group.running):
            self.ended[group.number] = group

    def retry(self, done: int) -> int:
        """Number of the try of a pass that comes after so many."""
        return sum(done >= restart for restart in self.job.restarts)

    def retry_of(self, group: Group) -> int:
        """Number of the try whose result the frame has."""
        return self.retry(group.iterations[0] - 1) * group.decoded[0]

    @property
    def waiting(self) -> int:
        return len(self.lasts) - self.started

    def take(self) -> None:
        if self.place == self.lasts[self.sent]:
            self.place, self.sent = 0, self.sent + 1
        else:
            self.place += 1


def check(block, model: Slots, ctx, slot: int) -> None:
    """Every output of the block, of the slot that it was asked about."""
    group, options, state = model.slots[slot], model.options, ctx.get(block.state)
    assert state.busy == (group is not None)
    if group:
        last = group.done == passes(model.job, model.job.iterations) - 1
        found = state.initial, state.last, state.iteration
        assert found == (group.done in (0, *model.job.restarts), last, group.done)
        if model.job.restarts:
            assert state.retry == model.retry(group.done)
        assert state.input_region == group.number % options.input_regions
        if not model.job.restarts:
            assert state.output_region == group.number % options.output_regions
    oldest = model.ended.get(model.sent)
    assert ctx.get(block.result_valid) == (oldest is not None)
    if oldest or not model.job.restarts:
        retry = model.retry_of(oldest) if oldest else 0
        region = model.sent % options.output_regions + options.output_regions * (retry > 0)
        assert ctx.get(block.result_region) == region
    if oldest and model.job.restarts:
        assert ctx.get(block.result).retry == retry
    if oldest:
        result = ctx.get(block.result)
        due = oldest.decoded[model.place], oldest.iterations[model.place]
        assert (result.decoded, result.iterations) == due
    if model.frames > 1:
        running = group.running if group else [False] * model.frames
        if group:
            assert ctx.get(block.running) == sum(bit << i for i, bit in enumerate(running))
        assert ctx.get(block.result_frame) == 1 << model.place
        assert ctx.get(block.hungry) == (None in model.slots and not model.waiting)
