"""The chain of cells."""

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_array.bundle import control_layout, operand_layout
from hw.mimo_array.cell import Cell
from hw.mimo_array.forward import sums_layout
from hw.mimo_array.geometry import CELL_VALUES, ArrayGeometry
from hw.mimo_array.received import received_layout
from hw.mimo_array.stage import Stage
from hw.mimo_array.timing import Interleaving


class Array(wiring.Component):
    """Members
    -------
    control, operand : for the first cell; cell i works by them i + 1 cycles later
    received : values from outside, if the geometry has any, as late
    sums : of the forward product, out of the last cell
    signs : bytes of the finished bits, those of the last cell first, one a cycle
    x, x_o : iterates of all cells, before a round and after it
    """

    def __init__(self, geometry: ArrayGeometry, timing: Interleaving, stage: Stage):
        self.geometry, self.timing, self.stage = geometry, timing, stage
        iterates = data.ArrayLayout(geometry.x_bits, geometry.cells)
        super().__init__(
            {
                "control": In(control_layout(geometry)),
                "operand": In(operand_layout(geometry)),
                **({"received": In(received_layout(geometry))} if geometry.input_bits else {}),
                "sums": Out(sums_layout(geometry)),
                "signs": Out(CELL_VALUES),
                "x": In(iterates),
                "x_o": Out(iterates),
            }
        )

    def elaborate(self, platform):
        m = Module()
        control, operand, sums, signs = self.control, self.operand, 0, 0
        takes = self.geometry.input_bits > 0
        received = self.received if takes else None
        for number in range(self.geometry.cells):
            cell = Cell(self.geometry, self.timing, self.stage)
            m.submodules[f"cell{number}"] = cell
            m.d.comb += [
                cell.number.eq(number),
                cell.control.eq(control),
                cell.operand.eq(operand),
                cell.sums.eq(sums),
                cell.signs.eq(signs),
                cell.x.eq(self.x[number]),
                self.x_o[number].eq(cell.x_o),
            ]
            if takes:
                m.d.comb += cell.received.eq(received)
                received = cell.received_o
            control, operand = cell.control_o, cell.operand_o
            sums, signs = cell.sums_o, cell.signs_o
        m.d.comb += [self.sums.eq(sums), self.signs.eq(signs)]
        return m
