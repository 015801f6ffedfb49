"""Cycles and area of a detector before it is built, from its sizes alone.

Cycles are those of the schedule and block RAM is that of the memories' widths and depths, both
exact as long as the generator places the memories that are listed here. Look-up tables are a sum
over what a cell and what the users' side does, in adder bits and multiplexer bits, times a factor
that ``mimo_detector_32x8`` gave as packed for ECP5 (docs/detector_hardware.md).
"""

from hw.estimates import Estimate, block_rams
from hw.mimo_array.channel import half_bits
from hw.mimo_array.geometry import CELL_VALUES, GROUP, INDEX_BITS, PAIRS, ceil_log2
from hw.mimo_array.timing import regions
from hw.mimo_detector.geometry import Geometry
from hw.mimo_detector.loader import REGIONS
from hw.mimo_detector.options import Options
from hw.mimo_detector.timing import Timing
from hw.mimo_detector.words import result_bits, word_bits
from quant.mimo_detector.preprocess import CORE, WORD_BITS
from quant.mimo_detector.spec import DetectorSpec

ADDER_ENDS = 2  # of a carry chain, beside its bits
CELL, AROUND = 60, 1000  # control in every cell; streams, writer, counters
PACKED = 1.15  # COMB as packed over this sum
EBR_BITS = 18
PREPROCESSING = 2100
"""COMB as packed that computing W and W0 takes: mimo_detector_32x8 with and without."""


def estimate(spec: DetectorSpec, options: Options) -> Estimate:
    """The estimate of a detector; ``InputError`` for one that hardware cannot hold."""
    g = Geometry(spec, options)
    comb = g.cells * _cell(g) + _users(g) + AROUND
    bits = spec.bits_per_symbol * spec.users
    if options.matrices == CORE:
        rams = _block_rams(g) + _of_preprocessing(g)
        return Estimate(round(PACKED * comb) + PREPROCESSING, rams, g.period, bits)
    return Estimate(round(PACKED * comb), _block_rams(g), g.period, bits)


def _of_preprocessing(g: Geometry) -> int:
    """Block RAM: H twice, the matrix twice, a row."""
    users, antennas = ceil_log2(g.users), ceil_log2(g.antennas)
    channel = block_rams(2 * half_bits(g), 1 << users + antennas)
    matrix = block_rams(2 * WORD_BITS, 1 << 2 * users)
    return 2 * channel + 2 * matrix + block_rams(2 * WORD_BITS, 1 << antennas)


def _cell(g: Geometry) -> float:
    tree = (g.user_groups - 1) * (g.table_bits + 1 + ADDER_ENDS)
    backward = GROUP * (tree + 2 * g.g_bits + ADDER_ENDS)  # accumulator, and the way out
    # Planes' signs turn a table word, then it is added to the chain.
    forward = 2 * g.lanes * (g.table_bits + g.chain_bits + ADDER_ENDS)
    planes = CELL_VALUES * g.x_bits
    builder = PAIRS * (3 * g.sum_bits + g.table_bits * g.saturates + 2 * g.operand_bits)
    residual = 2 * (g.g_bits + ADDER_ENDS) + 4 * g.x_bits
    received = 5 * g.input_bits
    return backward + forward + planes + builder + residual + received + CELL


def _users(g: Geometry) -> float:
    sums = 2 * g.lanes * (g.u_sum_bits + ADDER_ENDS)
    items = 2 * g.lanes * g.u_bits
    units = g.units * (g.u_bits + g.gain_bits + 4 * g.spec.r.bits + 2 * g.w_bits)
    planes = 2 * g.users * g.w_bits
    return sums + items + units + planes


def _block_rams(g: Geometry) -> int:
    timing = Timing(g)
    # Tables are read at two places: at most 18 bits of 1024 words.
    width = -(-PAIRS * g.table_bits // EBR_BITS)
    forward = 2 * g.forward_places << (INDEX_BITS - 1)
    backward = 2 * g.groups_per_table << INDEX_BITS
    tables = PAIRS * g.backward_tables * width * -(-backward // 1024)
    tables += g.forward_tables * width * -(-forward // 1024)
    places = ceil_log2(g.rows) + ceil_log2(g.antennas)
    words = g.rounds << g.spec.r.bits
    memories = [
        (2 * g.h_bits, 1 << places),
        (g.input_bits * g.input_values, REGIONS << ceil_log2(g.beats)),
        (g.w_bits * g.units, timing.slots << ceil_log2(g.window)),
        (2 * result_bits(g) * g.units, regions(timing) * g.words_depth),
    ]
    shared = -(-g.units // 2) * min(
        -(-word_bits(g) // port) * -(-words // (1024 << number))
        for number, port in enumerate((18, 9, 4, 2, 1))
    )
    return g.cells * tables + shared + sum(block_rams(*memory) for memory in memories)
