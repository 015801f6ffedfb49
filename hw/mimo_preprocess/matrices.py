"""The numbers of a channel: H as it came, the users' powers of two, the matrix a and a row x."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import clip, saturate
from hw.lib.delay import delayed
from hw.lib.memory import BlockMemory, table_storage
from hw.mimo_preprocess.step import Sizes
from quant.mimo_detector.preprocess import WORD_BITS

COMPLEX = data.StructLayout({"real": signed(WORD_BITS), "imaginary": signed(WORD_BITS)})


class Matrices(wiring.Component):
    """Memories behind their addresses; all is there ``latency_cycles`` after its step.

    Members
    -------
    h_write, h_user, h_antenna, h_bits : an entry of H, {imaginary, real part} as the stream has it
    k_write, k_user, k : power of two of a user; ``k_of`` : that of ``k_user``, at once
    a_write, a_row, a_column, a : an element of the matrix
    x_write, x_place, x : an element of the row
    step : addresses, and whether H is ``unscaled``
    left_h, right_h, first_a, left_a, left_x : what it reads: scaled H of both users, a of ``row``
        and of ``pivot``, x
    raw : H of the left user as it came

    Attributes
    ----------
    latency_cycles : 5
    """

    latency_cycles = BlockMemory.latency_cycles + 3

    def __init__(self, sizes: Sizes):
        self.sizes = sizes
        half = sizes.formats.half_bits
        super().__init__(
            {
                "h_write": In(1),
                "h_user": In(sizes.user_bits),
                "h_antenna": In(sizes.antenna_bits),
                "h_bits": In(2 * half),
                "k_write": In(1),
                "k_user": In(sizes.user_bits),
                "k": In(sizes.scale_bits),
                "k_of": Out(sizes.scale_bits),
                "a_write": In(1),
                "a_row": In(sizes.user_bits),
                "a_column": In(sizes.user_bits),
                "a": In(COMPLEX),
                "x_write": In(1),
                "x_place": In(sizes.antenna_bits),
                "x": In(COMPLEX),
                "step": In(sizes.layout),
                "left_h": Out(COMPLEX),
                "right_h": Out(COMPLEX),
                "first_a": Out(COMPLEX),
                "left_a": Out(COMPLEX),
                "left_x": Out(COMPLEX),
                "raw": Out(2 * half),
            }
        )

    def elaborate(self, platform):
        m = Module()
        sizes, step = self.sizes, self.step
        rest = self.latency_cycles - BlockMemory.latency_cycles
        k = table_storage(sizes.scale_bits, 1 << sizes.user_bits)
        m.submodules.k = k
        write, own = k.write_port(), k.read_port(domain="comb")
        m.d.comb += [
            write.en.eq(self.k_write),
            write.addr.eq(self.k_user),
            write.data.eq(self.k),
            own.addr.eq(self.k_user),
            self.k_of.eq(own.data),
        ]
        for side in ("left", "right"):
            user = step[f"{side}_user"]
            memory = BlockMemory(
                2 * sizes.formats.half_bits, 1 << sizes.user_bits + sizes.antenna_bits
            )
            m.submodules[f"{side}_h"] = memory
            scale = k.read_port(domain="comb")
            m.d.comb += [
                memory.w_en.eq(self.h_write),
                memory.w_addr.eq(Cat(self.h_antenna, self.h_user)),
                memory.w_data.eq(self.h_bits),
                memory.r_addr.eq(Cat(step.antenna, user)),
                scale.addr.eq(user),
            ]
            places = Signal(sizes.scale_bits, name=f"{side}_places", reset_less=True)
            m.d.sync += places.eq(Mux(step.unscaled, 0, scale.data))
            places = delayed(m, places, BlockMemory.latency_cycles, f"{side}_places")
            scaled = self._scaled(m, side, memory.r_data, places)
            m.d.comb += getattr(self, f"{side}_h").eq(scaled)
            if side == "left":
                m.d.comb += self.raw.eq(delayed(m, memory.r_data, rest, "raw"))
        for name, row in (("first_a", step.row), ("left_a", step.pivot)):
            memory = BlockMemory(COMPLEX, 1 << 2 * sizes.user_bits)
            m.submodules[name] = memory
            m.d.comb += [
                memory.w_en.eq(self.a_write),
                memory.w_addr.eq(Cat(self.a_column, self.a_row)),
                memory.w_data.eq(self.a),
                memory.r_addr.eq(Cat(step.column, row)),
                getattr(self, name).eq(delayed(m, memory.r_data, rest, name)),
            ]
        m.submodules.x = x = BlockMemory(COMPLEX, 1 << sizes.antenna_bits)
        m.d.comb += [
            x.w_en.eq(self.x_write),
            x.w_addr.eq(self.x_place),
            x.w_data.eq(self.x),
            x.r_addr.eq(step.antenna),
            self.left_x.eq(delayed(m, x.r_data, rest, "left_x")),
        ]
        return m

    def _scaled(self, m: Module, side: str, bits, places) -> data.View:
        """An entry's value, shifted to its user's scale, three cycles later; ``places`` come with
        the second of them."""
        formats = self.sizes.formats
        word, half = formats.spec.h, formats.half_bits
        odd = word.rise == "mid_rise"
        result = Signal(COMPLEX, name=f"{side}_scaled", reset_less=True)
        more = delayed(m, places, 1, f"{side}_more")
        for number, part in enumerate(("real", "imaginary")):
            given = bits.word_select(number, half).as_signed()
            code = (clip if odd else saturate)(given, word.bits)
            value = Signal(signed(formats.value_bits), name=f"{side}_{part}", reset_less=True)
            some = Signal(signed(WORD_BITS), name=f"{side}_{part}_some", reset_less=True)
            m.d.sync += [
                value.eq(Cat(1, code) if odd else code),
                some.eq(value << places[:2]),
                result[part].eq(some << (more[2:] << 2)),
            ]
        return result
