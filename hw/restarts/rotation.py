"""Between two blocks: damped values, and a permutation that is wires."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data

from hw.lib.arithmetic import signed_bits
from quant.restarts.spec import RestartSpec


class Rotation:
    """See :class:`hw.direct.again.Again`, and :class:`quant.restarts.spec.RestartSpec` for bits.

    Parameters
    ----------
    spec : its first start is the one that runs
    """

    def __init__(self, spec: RestartSpec):
        self.spec, self.runs = spec, spec.blocks - 1
        self.fields = {"block": range(spec.blocks), "used": range(spec.iterations + 1)}

    def goes_on(self, frame: data.View) -> Value:
        return frame.block != self.runs

    def advance(self, frame: data.View, free: Value, restart: Value, iterations: int) -> dict:
        used = frame.used + Mux(restart, iterations, 0)
        return {"block": Mux(free, 0, frame.block + restart), "used": Mux(free, 0, used)}

    def values(self, m: Module, values: list[Value], sums: list[Value]) -> list[Value]:
        largest, damping = self.spec.decoder.channel.largest, self.spec.damping
        shape = signed(signed_bits(largest))
        moved = []
        for bit, (value, app) in enumerate(zip(values, sums, strict=True)):
            step = (app - value + (1 << damping >> 1)) >> damping
            whole = value + step
            near = Signal(shape, name=f"moved{bit}")
            m.d.comb += near.eq(
                Mux(whole > largest, largest, Mux(whole < -largest, -largest, whole))
            )
            moved.append(near)
        return [moved[place] for place in self.spec.rotation]

    def put_back(self, m: Module, lanes: list[Value], frame: data.View) -> list[Value]:
        """Stage k undoes 2^k rotations where the block's number has that bit; then the start."""
        rotation = np.array(self.spec.rotation)
        for bit in range(len(frame.block)):
            undone = _moved_back(lanes, rotation)
            now = [Signal(len(lane), name=f"back{bit}_{i}") for i, lane in enumerate(lanes)]
            m.d.comb += [
                to.eq(Mux(frame.block[bit], there, here))
                for to, there, here in zip(now, undone, lanes, strict=True)
            ]
            lanes, rotation = now, rotation[rotation]
        return _moved_back(lanes, self.spec.starts[0])


def _moved_back(lanes: list[Value], permutation: Sequence[int]) -> list[Value]:
    """Lane ``permutation[i]`` is lane i of those given."""
    places = np.argsort(permutation)
    return [lanes[place] for place in places]
