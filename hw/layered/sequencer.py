"""Runs the program: the program memory, and what each front word becomes."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.layered.job import Job
from hw.layered.map_select import MapSelect
from hw.layered.options import Options
from hw.layered.program import Addressing, program_layout, program_words
from hw.layered.schedule import Schedule
from hw.layered.slots import output_region, slot_layout
from hw.lib.arithmetic import bits_for
from hw.lib.microprogram_rom import MicroprogramRom


def edge_layout(job: Job, options: Options, addressing: Addressing) -> data.StructLayout:
    """What travels with an edge through the front, the FIFO and the back.

    busy : the slot holds a frame
    first, last : edge of its row; first_layer, last_layer : layer of the iteration
    app, c2v, hard : addresses to write back to
    map : codebook entry
    """
    return data.StructLayout(
        {
            "busy": 1,
            "slot": bits_for(options.slots),
            "first": 1,
            "last": 1,
            "first_layer": 1,
            "last_layer": 1,
            "app": bits_for(addressing.app_depth),
            "c2v": bits_for(addressing.c2v_depth),
            "hard": bits_for(options.hard_regions(job)) + addressing.hard_bits,
            "map": bits_for(job.map_count),
        }
        | addressing.edge_fields
    )


class Sequencer(wiring.Component):
    """Program words to memory addresses.

    Members
    -------
    slot, state : look-up of the slot's state, in the cycle of the front word
    front : a front word is here (2 cycles after it left the program memory)
    edge : its travelling part, except ``map``
    app, channel : read addresses; fresh : take the channel word; shift : of the rotator
    first_visit : only with flooding: to this column in this iteration
    table : only where a try has channel values of its own: number of their table, with ``fresh``
    c2v : read address of the old message, the never-written word in the first iteration
    map : codebook entry, ``map_cycles`` after ``front``
    back : a back word is here (1 cycle after it left the program memory)
    """

    map_cycles = MapSelect.latency_cycles - 1

    def __init__(self, job: Job, options: Options, schedule: Schedule, addressing: Addressing):
        self.job, self.options = job, options
        self.schedule, self.addressing = schedule, addressing
        word = program_layout(addressing)
        channel = bits_for(options.input_regions) + addressing.channel_bits
        super().__init__(
            {
                "slot": Out(word["slot"].shape),
                "state": In(slot_layout(job, options)),
                "front": Out(1),
                "edge": Out(edge_layout(job, options, addressing)),
                "app": Out(word["app"].shape),
                "channel": Out(channel),
                "fresh": Out(1),
                "shift": Out(word["shift"].shape),
                "c2v": Out(word["c2v"].shape),
                "map": Out(bits_for(job.map_count)),
                "back": Out(1),
            }
            | ({"first_visit": Out(1)} if job.flooding else {})
            | ({"table": Out(range(max(job.value_tables) + 1))} if any(job.value_tables) else {})
        )

    def elaborate(self, platform):
        m = Module()
        job, addressing = self.job, self.addressing
        m.submodules.program = program = MicroprogramRom(
            program_layout(addressing), program_words(self.schedule, addressing)
        )
        m.submodules.maps = maps = MapSelect(job)

        # From the second period on, wrapped back words have their front words behind them.
        word, turning = program.word, Signal()
        m.d.comb += [
            program.step.eq(1),
            self.slot.eq(word.slot),
            self.map.eq(maps.map),
        ]
        m.d.sync += [
            turning.eq(turning | (program.ready & word.ends)),
            self.back.eq(program.ready & word.back & (~word.wrapped | turning)),
        ]

        # Cycle 1: the word and its slot's state are registered. Cycle 2: what they decide.
        state, now, front = Signal.like(self.state), Signal.like(word), Signal()
        m.d.sync += [state.eq(self.state), now.eq(word), front.eq(program.ready & word.front)]
        word, initial = now, state.initial
        m.d.comb += [maps.iteration.eq(state.iteration), maps.kind.eq(word.kind)]
        fresh = word.fresh & initial
        region = [output_region(job, state), *([state.retry.any()] if job.restarts else [])]
        m.d.sync += [
            self.front.eq(front),
            # Of the APP and the channel word one is 0: the one that is never written.
            self.app.eq(Mux(fresh, addressing.app_zero, word.app)),
            self.channel.eq(
                Cat(Mux(fresh, word.channel, addressing.erased_index), state.input_region)
            ),
            self.fresh.eq(fresh),
            self.shift.eq(Mux(fresh, word.fresh_shift, word.shift)),
            self.c2v.eq(Mux(initial, addressing.c2v_zero, word.c2v)),
            self.edge.busy.eq(state.busy),
            self.edge.hard.eq(Cat(word.column[: addressing.hard_bits], *region)),
        ]
        if any(job.value_tables):
            number = Array(job.value_tables)[state.retry]
            m.d.sync += self.table.eq(Mux(fresh, number, 0))
        if job.flooding:
            m.d.sync += self.first_visit.eq(word.fresh)
        for field in ("slot", "first", "last", "first_layer", "last_layer", "app", "c2v"):
            m.d.sync += self.edge[field].eq(word[field])
        return m
