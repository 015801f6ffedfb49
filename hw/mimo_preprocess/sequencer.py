"""What the pre-processing does when: the steps of :mod:`quant.mimo_detector.preprocess`."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_preprocess.products import Products
from hw.mimo_preprocess.scaling import Wanted
from hw.mimo_preprocess.step import Initial, Left, Result, Right, Sizes

_DRAIN_CYCLES = Products.latency_cycles + 4
"""Until all that was begun is in the memories, with what is written a cycle later."""


class Sequencer(wiring.Component):
    """Goes through all sums of a channel.

    Members
    -------
    start : H and n0 are there
    may_finish : the channel before is in service
    finished : strobe, the last code is in the queue
    valid, step : to :class:`Matrices` and :class:`Products`
    room : a code may be begun
    user : whose power of two is written, and read at once as ``k_of``
    wanted : of the number that comes next, or that is there with ``pivot``, a strobe
    scaled : strobe, it was made; ``power``, ``keep`` : strobes, it is a power of two, or the real
        second factor
    load_noise, shift_noise : strobes, the noise begins as n0, is four times as much
    """

    def __init__(self, sizes: Sizes):
        self.sizes = sizes
        super().__init__(
            {
                "start": In(1),
                "may_finish": In(1),
                "finished": Out(1),
                "valid": Out(1),
                "step": Out(sizes.layout),
                "room": In(1),
                "user": Out(sizes.user_bits),
                "k_of": In(sizes.scale_bits),
                "wanted": Out(Wanted),
                "pivot": Out(1),
                "scaled": In(1),
                "power": Out(1),
                "keep": Out(1),
                "load_noise": Out(1),
                "shift_noise": Out(1),
            }
        )

    def most_cycles(self, scaling: int) -> int:
        """Of a channel whose codes are taken as they come; a number takes ``scaling`` cycles."""
        users, antennas = self.sizes.users, self.sizes.antennas
        wait = _DRAIN_CYCLES + 4
        powers = users * (antennas + wait + scaling)
        gram = users * (users + 1) // 2 * antennas
        gram += users * (wait + (1 << self.sizes.scale_bits))
        inverse = users * (3 * wait + scaling + users * (users + 3))
        # Codes: the queue has no place for as many as the pipeline holds.
        rows = users * (2 * (4 * antennas + 3 * wait + scaling) + users * antennas)
        return powers + gram + inverse + 2 * users * antennas + rows

    def elaborate(self, platform):
        m = Module()
        s = self.sizes
        user, other = Signal(s.user_bits), Signal(s.user_bits)
        antenna = Signal(s.antenna_bits)
        of_w0 = Signal()  # rows of W0, after those of W
        drained, draining = Signal(), Signal(range(_DRAIN_CYCLES + 1))
        places = Signal(s.scale_bits)
        go, now = Signal(), Signal(s.layout)
        ends = Signal()  # antenna is the last one
        last_user, last_other = user == s.users - 1, other == s.users - 1
        same = user == other
        m.d.sync += [self.valid.eq(go), self.step.eq(now)]
        m.d.comb += [
            self.user.eq(user),
            now.antenna.eq(antenna),
        ]

        def drain(state: str) -> None:
            """Go there when nothing is under way any more."""
            with m.State(f"before_{state}"):
                m.d.sync += [draining.eq(draining - 1), drained.eq(draining == 1)]
                with m.If(drained):
                    m.d.sync += draining.eq(_DRAIN_CYCLES)
                    m.next = state

        def next_antenna() -> None:
            m.d.sync += antenna.eq(Mux(ends, 0, antenna + 1))
            if s.antennas > 1:
                m.d.sync += ends.eq(antenna == s.antennas - 2)

        def count_antennas(state: str) -> None:
            next_antenna()
            with m.If(ends):
                m.next = state

        def count_others(state: str) -> None:
            m.d.sync += other.eq(Mux(last_other, 0, other + 1))
            with m.If(last_other):
                m.next = state

        def count_users(again: str, then: str) -> None:
            m.d.sync += user.eq(Mux(last_user, 0, user + 1))
            m.next = again
            with m.If(last_user):
                m.next = then

        def step(result: Result, left: Left, right: Right, **fields) -> None:
            values = {"result": result, "left": left, "right": right} | fields
            m.d.comb += [now[name].eq(value) for name, value in values.items()]

        single = {"first": 1, "last": 1}
        along = {"first": antenna == 0, "last": ends}
        with m.FSM():
            with m.State("wait"):
                m.d.sync += [
                    user.eq(0), other.eq(0), antenna.eq(0), of_w0.eq(0),
                    draining.eq(_DRAIN_CYCLES), drained.eq(0), ends.eq(s.antennas == 1),
                ]  # fmt: skip
                with m.If(self.start):
                    m.next = "energy"

            # --- powers of two of the users ---
            with m.State("energy"):
                m.d.comb += go.eq(1)
                step(Result.NUMBER, Left.H, Right.H, left_user=user, right_user=user, conjugate=1,
                     unscaled=1, **along)  # fmt: skip
                count_antennas("power")
            with m.State("power"):
                m.d.comb += [self.wanted.eq(Wanted.POWER), self.power.eq(self.scaled)]
                with m.If(self.scaled):
                    count_users("energy", "noise")

            # --- the matrix ---
            with m.State("noise"):
                m.d.comb += self.load_noise.eq(1)
                m.d.sync += places.eq(self.k_of)
                m.next = "scale_noise"
            with m.State("scale_noise"):
                m.d.sync += places.eq(places - 1)
                with m.If(places == 0):
                    m.next = "gram"
                with m.Else():
                    m.d.comb += self.shift_noise.eq(1)
            with m.State("gram"):
                m.d.comb += go.eq(1)
                step(Result.GRAM, Left.H, Right.H, left_user=other, right_user=user, conjugate=1,
                     row=user, column=other, **along,
                     initial=Mux(same, Initial.NOISE, Initial.NONE))  # fmt: skip
                next_antenna()
                with m.If(ends):
                    m.d.sync += other.eq(Mux(same, 0, other + 1))
                    with m.If(same):
                        m.next = "before_next_gram"
            drain("next_gram")
            with m.State("next_gram"):
                count_users("noise", "read_pivot")

            # --- its inverse ---
            with m.State("read_pivot"):
                m.d.comb += go.eq(1)
                step(Result.NONE, Left.A, Right.REAL, pivot=user, column=user, hold=1)
                m.next = "before_pivot"
            drain("pivot")
            with m.State("pivot"):
                m.d.comb += [self.wanted.eq(Wanted.PIVOT), self.pivot.eq(1)]
                m.next = "reciprocal"
            with m.State("reciprocal"):
                m.d.comb += [self.wanted.eq(Wanted.PIVOT), self.keep.eq(self.scaled)]
                with m.If(self.scaled):
                    m.next = "pivot_row"
            with m.State("pivot_row"):
                m.d.comb += go.eq(1)
                step(Result.A, Mux(same, Left.ONE, Left.A), Right.REAL, pivot=user, column=other,
                     row=user, **single)  # fmt: skip
                count_others("before_hold")
            drain("hold")
            with m.State("hold"):
                with m.If(same):
                    count_others("before_next_pivot")
                with m.Else():
                    m.d.comb += go.eq(1)
                    step(Result.NONE, Left.A, Right.REAL, pivot=other, column=user, hold=1)
                    m.next = "update"
            column = antenna  # of a
            with m.State("update"):
                m.d.comb += go.eq(1)
                at_pivot, ended = Signal(), Signal()
                m.d.comb += [at_pivot.eq(column == user), ended.eq(column == s.users - 1)]
                step(Result.A, Left.A, Right.HELD, pivot=user, column=column, row=other, **single,
                     initial=Mux(at_pivot, Initial.NONE, Initial.A))  # fmt: skip
                m.d.sync += column.eq(Mux(ended, 0, column + 1))
                with m.If(ended):
                    m.next = "hold"
                    count_others("before_next_pivot")
            drain("next_pivot")
            with m.State("next_pivot"):
                count_users("read_pivot", "channel")

            # --- H, W and W0 to the output ---
            with m.State("channel"):
                with m.If(self.room):
                    m.d.comb += go.eq(1)
                    step(Result.RAW, Left.H, Right.REAL, left_user=user, **single)
                    next_antenna()
                    with m.If(ends):
                        count_users("channel", "row")
            with m.State("row"):
                m.d.comb += go.eq(1)
                step(Result.X, Mux(of_w0, Left.A, Left.ONE), Right.H, pivot=user, column=other,
                     right_user=Mux(of_w0, other, user), conjugate=1,
                     first=~of_w0 | (other == 0), last=~of_w0 | last_other)  # fmt: skip
                with m.If(of_w0):
                    m.d.sync += other.eq(Mux(last_other, 0, other + 1))
                with m.If(~of_w0 | last_other):
                    count_antennas("before_norm")
            drain("norm")
            with m.State("norm"):
                m.d.comb += go.eq(1)
                step(Result.NUMBER, Left.X, Right.H, right_user=user, **along)
                count_antennas("factor")
            with m.State("factor"):
                m.d.comb += [
                    self.wanted.eq(Mux(of_w0, Wanted.W0, Wanted.W)),
                    self.keep.eq(self.scaled),
                ]
                with m.If(self.scaled):
                    m.next = "codes"
            with m.State("codes"):
                with m.If(self.room):
                    m.d.comb += go.eq(1)
                    step(Mux(of_w0, Result.W0, Result.W), Left.X, Right.REAL, **single)
                    next_antenna()
                    with m.If(ends):
                        m.d.sync += [
                            user.eq(Mux(last_user, 0, user + 1)), of_w0.eq(of_w0 | last_user),
                        ]  # fmt: skip
                        m.next = "row"
                        with m.If(last_user & of_w0):
                            m.next = "before_end"
            drain("end")
            with m.State("end"):
                m.d.comb += self.finished.eq(self.may_finish)
                with m.If(self.may_finish):
                    m.next = "wait"
        return m
