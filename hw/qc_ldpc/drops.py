"""How many frames of wrong length came before each of right length."""

from amaranth.hdl import Module, Signal

DROP_BITS = 4  # as in m_axis_tuser


def count_drops(m: Module, drops: Signal, abort, ended) -> None:
    """Drive ``drops``, registered, a cycle behind ``ended``: aborts since the frame before."""
    count = Signal(len(drops), name="dropped_frames")
    with m.If(ended):
        m.d.sync += [drops.eq(count), count.eq(abort)]
    with m.Elif(abort & ~count.all()):
        m.d.sync += count.eq(count + 1)
