# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Cycles and area of a layered decoder before it is built, from its numbers alone.

Cycles come from the schedule itself and block RAM from the memories' widths and depths, so both
are exact as long as the generator places the memories that are listed here. Look-up tables are a
sum over what a lane does; the coefficients below come from routed designs of the default code, and
``synth.explore`` says how far the sum is off for any others.
"""

import numpy as np
from amaranth.hdl import Shape

from hw.estimates import Estimate, block_rams
from hw.frame import status
from hw.frame.cores import all_of
from hw.layered.core import LayeredCore
from hw.layered.map_select import LARGEST_TABLE
from hw.layered.options import Options
from hw.layered.program import Addressing, program_layout
from hw.layered.sequencer import edge_layout
from hw.lib.microprogram_rom import MicroprogramRom
from hw.lib.target import PORTABLE, named
from hw.lib.window_memory import pieces_of
from hw.min_sum.arithmetic import MinSum
from hw.min_sum.levels import level_table
from hw.min_sum.retries import check_retries
from quant.spec import Spec

# COMB: per bit and stage of the rotator; per APP bit of a lane (choice, two additions), and where
# it may saturate; per table of four inputs of a level; per bit of a message of a lane; what a lane
# always has (checks, sign); per core (streams, control).
ROTATOR, ARITHMETIC, SATURATION, LEVEL, MESSAGE, LANE, CORE = 0.8, 4.4, 1.1, 1.0, 4.0, 20.0, 400.0
FOUR_WAYS = 2.2  # more per bit of a first stage of four ways, where that is no read of memory
LOCKSTEP_LANE = -4.2  # what frames in lock-step save in a lane: narrower stages, their streams
LOCKSTEP_FRAME = 40.0  # what each of them has by itself: counts, checks, parts of memories
COEFFICIENTS = (ROTATOR, ARITHMETIC, SATURATION, LEVEL, MESSAGE, LANE, CORE, FOUR_WAYS,
                LOCKSTEP_LANE, LOCKSTEP_FRAME)  # fmt: skip
ECP5_LANE = -13.2  # what carry cells of the target layer save in a lane, signs among it
ODD_LANE = -6.5  # what a magnitude without carry saves in a lane, where every APP value is odd
COUNTING_LANE = 5.4  # what a third minimum and its comparison take in a lane
FIFO_WORD = 6 / 4  # per bit of a FIFO in look-up tables, with those that its write ports block
SOFT_BEAT = 4.0  # per bit of a beat of APP words: windows and the queue at the end
CORES_BEAT = 4.0  # per bit of a beat and core: queues and multiplexers of several cores


def estimate(spec: Spec, options: Options) -> Estimate | None:
    """The estimate of a layered decoder, or of several; None for a flooding one."""
    if spec.flooding:
        return None
    arithmetic = MinSum(spec, options.target)
    options = options.resolved(arithmetic.job)
    check_retries(spec, options.frames(arithmetic.job))
    decoders = [LayeredCore(arithmetic, options) for _ in range(options.cores)]
    component, one = all_of(decoders, options.order), decoders[0]
    addressing = one.addressing
    z, cores = spec.code.lifting_size, options.cores
    lane = Shape.cast(arithmetic.edge_lane).width
    fifo = Shape.cast(edge_layout(arithmetic.job, options, addressing)).width + z * lane
    memories = [
        *_app_memories(arithmetic, addressing, options.rotate_in_ram),
        (z * arithmetic.state_bits, addressing.c2v_depth),
        *(_of_one(one) if addressing.frames == 1 else _of_group(one)),
    ]
    distributed = options.fifo != "block"
    if not distributed:
        memories.append((fifo, 32))
    maps = [entry for row in addressing.map_kinds.table for entry in row]
    if len(maps) > LARGEST_TABLE:
        memories.append((max(1, (len(spec.maps.codebook) - 1).bit_length()), len(maps)))
    program = MicroprogramRom.memory_of(program_layout(addressing), one.schedule.period)
    memories += [program, one.unloader.walk.memory]
    features = np.array(_features(spec, arithmetic, addressing, options.rotate_in_ram))
    comb = features @ np.array(COEFFICIENTS)
    primitives = named(options.target) is not named(PORTABLE)
    comb += ECP5_LANE * z * primitives + FIFO_WORD * fifo * distributed
    comb += ODD_LANE * z * arithmetic.grid.halved + COUNTING_LANE * z * arithmetic.counts
    comb += SOFT_BEAT * one.lane_bits * options.bits_per_beat * (one.lane_bits > 1)
    comb *= cores
    if cores > 1:
        comb += CORES_BEAT * cores * (8 * options.llrs_per_beat + one.format.output_width)
    return Estimate(
        round(float(comb)),
        cores * sum(block_rams(*memory) for memory in memories),
        component.cycles_per_frame(spec.most_iterations),
        spec.n,
    )


def _app_memories(arithmetic: MinSum, addressing: Addressing, rotate_in_ram: int) -> list:
    """Width and depth of what holds APP words: some bits in several orientations."""
    width, depth = Shape.cast(arithmetic.app_word).width, addressing.app_depth
    z, plan = arithmetic.lanes, addressing.plan
    turned = _turned_bits(arithmetic, addressing, rotate_in_ram) * z
    return [(turned * plan.stages[0].ways if turned else 0, depth), (width - turned, depth)]


def _turned_bits(arithmetic: MinSum, addressing: Addressing, rotate_in_ram: int) -> int:
    """Of a lane's APP word, those that are in memory in several orientations."""
    done = addressing.first_stage_in_memory
    return min(rotate_in_ram, arithmetic.app_bits) * done


def _of_one(decoder: LayeredCore) -> list:
    """Width and depth of what is between streams and datapath for a frame by itself."""
    options, addressing, lane = decoder.options, decoder.addressing, decoder.lane_bits
    z = decoder.job.code.lifting_size
    bits, pieces = pieces_of(z, options.bits_per_beat)
    halves = (pieces + 1) // 2, pieces // 2
    hard = options.hard_regions(decoder.job) << addressing.hard_bits
    if named(options.target).wide_writes:
        halves = (1 << (half - 1).bit_length() for half in halves)
    return [
        (z * decoder.arithmetic.channel.bits, options.input_regions << addressing.channel_bits),
        *((bits * half * lane, hard) for half in halves),
        decoder.loader.walk.memory,
    ]


def _of_group(decoder: LayeredCore) -> list:
    """The same for frames in lock-step: each has channel words and hard decisions of its own."""
    options, addressing = decoder.options, decoder.addressing
    frames, lane = addressing.frames, decoder.arithmetic.channel.bits
    lanes = decoder.job.code.lifting_size // frames
    deal, send = decoder.loader.order, decoder.unloader.order
    hard = send.stored_bits * decoder.lane_bits, options.output_regions << addressing.hard_bits
    return [
        *[(lanes * lane, options.input_regions << addressing.channel_bits)] * frames,
        *[(lane * deal.stored_beat, deal.beats + 1)] * deal.at_once,
        *[hard] * (frames * send.at_once),
        decoder.loader.beats.memory,
        decoder.loader.deal.memory,
        (status.DROPPED["dropped"], decoder.frames_inside),
    ]


def _features(spec, arithmetic: MinSum, addressing: Addressing, rotate_in_ram: int) -> list[float]:
    """What ``COEFFICIENTS`` are for."""
    z, frames = spec.code.lifting_size, addressing.frames
    # What is not in memory; the last stage belongs to the subtraction.
    stages = max(0, len(addressing.plan.stages) - 1)
    in_memory = _turned_bits(arithmetic, addressing, rotate_in_ram)
    four_ways = any(stage.ways > 2 for stage in addressing.plan.stages[:1])
    lockstep = frames > 1
    return [
        z * (arithmetic.app_bits * stages - in_memory),
        z * arithmetic.app_bits,
        z * arithmetic.app_bits * (not spec.adds_exactly),
        z * level_table(spec).look_up_tables,
        z * arithmetic.code().width,
        z,
        1,
        z * (arithmetic.app_bits - in_memory) * four_ways,
        z * lockstep,
        frames * lockstep,
    ]
