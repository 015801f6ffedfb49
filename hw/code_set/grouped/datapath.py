"""The decoding loop for words of groups."""

from amaranth.hdl import Cat, Mux, Shape, Value

from hw.layered.datapath import Datapath
from hw.lib.grouped_rotator import GroupedMemory, GroupedRotator


class GroupedDatapath(Datapath):
    """As for one ring of lanes, with a rotator for rings of several lengths."""

    @property
    def _ring(self) -> int:
        return self.addressing.lane_layout.unit

    def _rotator(self) -> GroupedRotator:
        width = Shape.cast(self.arithmetic.app_word.elem_shape).width
        return GroupedRotator(self.addressing.plan, width)

    def _app_memory(self, rotator: GroupedRotator) -> GroupedMemory:
        depth, word = self.addressing.app_depth, self.arithmetic.app_word
        return GroupedMemory(rotator.plan, word, depth, self.options.rotate_in_ram)

    def _of_code(self, lanes: Value, edge) -> Value:
        groups = self.addressing.lane_layout.groups
        in_use = Cat(1, edge.groups)
        width = len(lanes) // groups
        return Cat(Mux(in_use[g], lanes[g * width :][:width], 0) for g in range(groups))
