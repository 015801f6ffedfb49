"""``--tkeep`` and ``--input-error``: which bytes are there, which frames a source calls wrong."""

import pytest
from amaranth_bench import simulate
from small_precoders import small_precoder
from small_specs import flooding_spec, small_spec

from hw.build import build
from hw.frame.guard import FrameGuard
from hw.frame.ports import FrameFormat
from sim import cosim, resets, soak

BOTH = {"tkeep": True, "input_error": True}
DESIGNS = {
    "layered, a part of the last beat": lambda: (small_spec(z=5, iterations=2), {}),
    "soft": lambda: (small_spec(z=3, iterations=2), {"decisions": "soft", "bits_per_beat": 4}),
    "two cores": lambda: (small_spec(z=3, iterations=2), {"cores": 2, "slots": 1}),
    "direct": lambda: (flooding_spec(z=3, iterations=2), {"form": "iterated"}),
    "precoder": lambda: (small_precoder(antennas=4, users=2, iterations=1), {}),
}


@pytest.mark.parametrize("name", ["layered, a part of the last beat", "soft"])
def test_frames_in_error_are_dropped(name, tmp_path):
    spec, options = DESIGNS[name]()
    build(spec, tmp_path, options | BOTH)
    found = soak.run(tmp_path, frames=400, wrong=0.3, seed=6)
    assert found.ok and found.counts["in_error"] > 20, found.fault
    again = resets.run(tmp_path, resets=12, seed=5)
    assert (again.wrong, again.phantoms, again.fault) == (0, 0, None), again.fault


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"tkeep": True}, {"input_error": True}, BOTH])
@pytest.mark.parametrize("name", DESIGNS)
def test_every_engine(name, options, tmp_path):
    spec, others = DESIGNS[name]()
    build(spec, tmp_path, others | options)
    found = soak.run(tmp_path, frames=5000, wrong=0.4, seed=7)
    assert found.ok and found.counts["in_error"] > 200, found.fault
    assert cosim.run(tmp_path, frames=60).ok


def test_ports_and_facts(tmp_path):
    spec = small_spec(z=5, iterations=2)
    plain = build(spec, tmp_path / "plain", {"llrs_per_beat": 4, "bits_per_beat": 16})
    record = build(spec, tmp_path / "both", {"llrs_per_beat": 4, "bits_per_beat": 16} | BOTH)
    added = {
        "s_axis_tkeep": {"direction": "input", "width": 4},
        "s_axis_tuser": {"direction": "input", "width": 1},
        "m_axis_tkeep": {"direction": "output", "width": 2},
    }
    assert record["ports"] == plain["ports"] | added
    assert (record["last_input_bytes"], record["last_output_bytes"]) == (1, 2)
    assert "last_input_bytes" not in plain


@pytest.mark.parametrize(
    ("bits", "per_beat", "soft", "last"),
    [(45, 8, 0, 1), (45, 16, 0, 2), (48, 16, 0, 2), (45, 4, 7, 1), (45, 16, 7, 13), (40, 32, 0, 1)],
)
def test_bytes_of_the_last_beat(bits, per_beat, soft, last):
    form = FrameFormat(45, 4, 4, bits, per_beat, soft_bits=soft)
    assert form.last_output_bytes == last


@pytest.mark.parametrize("counted", [False, True])
def test_a_spoilt_frame_is_aborted_at_its_end(counted):
    """(last, due, spoils, as_last) of each beat; where an abort comes."""
    beats = [(0, 0, 0, 1), (1, 1, 1, 0)]  # each where it does not count
    beats += [(0, 0, 1, 0), (0, 0, 0, 0), (1, 1, 0, 0), (1, 1, 0, 0)]  # in its middle
    beats += [(0, 0, 0, 0), (1, 1, 0, 1), (1, 1, 0, 0)]  # at its end
    aborts, found = [4, 7], []
    guard = FrameGuard(1, counted, spoils=True)

    async def bench(ctx):
        ctx.set(guard.i.valid, 1)
        ctx.set(guard.o.ready, 1)
        for number, (last, due, spoils, as_last) in enumerate(beats):
            ctx.set(guard.i.payload.last, 0 if counted else last)
            ctx.set(guard.due, due)
            ctx.set(guard.i.payload.spoils, spoils)
            ctx.set(guard.i.payload.spoils_as_last, as_last)
            if ctx.get(guard.o.valid) and ctx.get(guard.o.payload.abort):
                found.append(number)
            await ctx.tick()

    simulate(guard, bench)
    assert found == aborts
