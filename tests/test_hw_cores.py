"""Several cores behind one stream pair: checked like one decoder, and what build.json promises."""

import hashlib
import json
import random
import re

import pytest
from amaranth.hdl import Cat, Module, Shape
from amaranth.lib import data, wiring
from amaranth.lib.fifo import SyncFIFO
from amaranth_bench import simulate
from decoder_bench import cycles_to_frame_end, offer
from small_specs import flooding_spec, small_spec

from hw.build import build
from hw.direct.options import Options as DirectOptions
from hw.frame.collect import mark_of
from hw.frame.cores import Cores
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import Shell
from hw.layered.options import Options
from model.errors import InputError
from quant import kinds
from quant.sources import spec_for
from sim import cosim
from sim.benches.tags import Tags
from sim.min_sum import stimulus


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three cores at full iterations, their FIFO in look-up tables: record and proof."""
    folder = tmp_path_factory.mktemp("cores")
    spec = small_spec(z=9, iterations=8, early_stop=False, partial=True)
    record = build(spec, folder, {"cores": 3, "fifo": "distributed"})
    return record, cosim.run(folder, frames=200, seed=4)


def test_cores_are_golden_with_stalls_wrong_frames_and_resets(three):
    _, result = three
    assert result.ok, result.fault
    assert (result.frames, result.mismatches, result.fault_frames) == (200, 0, 20)


def test_cores_share_the_frames(three):
    record, result = three
    assert record["frames_in_flight"] == 3 * record["options"]["slots"]
    assert record["cycles_per_frame_per_iteration"] * 8 == record["cycles_per_frame_full"]
    assert result.cycles_per_frame == pytest.approx(record["cycles_per_frame_full"], rel=0.02)


def test_streams_grow_with_the_cores():
    spec = kinds.resolve("qc_ldpc")
    one, six = (Options(cores=n).resolved(spec) for n in (1, 6))
    assert (one.llrs_per_beat, one.bits_per_beat) == (4, 8)
    # Beats of a third of Z = 54 are never split between two columns.
    assert (six.llrs_per_beat, six.bits_per_beat) == (18, 32)


@pytest.mark.slow
def test_direct_cores_are_golden(tmp_path):
    """Short frames: many of them stand in the buffers between the streams and the cores."""
    spec = spec_for("bch_31_16")
    record = build(spec, tmp_path, {"cores": 2})
    result = cosim.run(tmp_path, frames=300, seed=5)
    assert result.ok, result.fault
    assert record["frames_in_flight"] == 2 * record["options"]["stages"]


def test_an_unrolled_decoder_is_alone():
    with pytest.raises(InputError, match="cores is 2, must be 1 for form unrolled"):
        DirectOptions(form="unrolled", cores=2)


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    """Two cores of a small code that send tags: folder and record."""
    folder = tmp_path_factory.mktemp("tagged")
    return folder, build(small_spec(z=3), folder, {"cores": 2, "order": "out-of-order"})


def test_tagged_cores_are_golden_and_overtake(tmp_path):
    """With early stop frames overtake each other; 300 of them are more than there are tags."""
    spec = small_spec(z=9, iterations=8, partial=True)
    options = {"cores": 3, "fifo": "distributed", "order": "out-of-order"}
    record = build(spec, tmp_path, options)
    assert record["user_fields"] == {
        "decoded": [0, 1], "iterations": [1, 7], "dropped": [8, 4], "tag": [12, 8]
    }  # fmt: skip
    assert record["ports"]["m_axis_tuser"]["width"] == 20
    result = cosim.run(tmp_path, frames=300, seed=4)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches, result.fault_frames) == (300, 0, 20)
    assert result.overtaken > 50
    assert f"frames overtaken   {result.overtaken}" in cosim.report(result)


def test_tagged_direct_cores_are_golden(tmp_path):
    build(flooding_spec(z=2, iterations=4), tmp_path, {"cores": 2, "order": "out-of-order"})
    result = cosim.run(tmp_path, frames=300, seed=4)
    assert result.ok, result.fault
    assert result.overtaken > 10


def test_a_wrong_tag_is_noticed(tagged, tmp_path):
    """Frame 5 comes with the tag of frame 4."""
    folder, record = tagged
    text, count = re.subn(
        r"assign m_axis_tuser = (\w+)\[28:9\];",
        r"assign m_axis_tuser = \1[28:9] ^ {7'd0, \1[28:21] == 8'd5, 12'd0};",
        (folder / "tiny.v").read_text(),
    )
    assert count == 1
    digest = hashlib.sha256(text.encode()).hexdigest()
    (tmp_path / "tiny.v").write_text(text)
    (tmp_path / "spec.json").write_text((folder / "spec.json").read_text())
    (tmp_path / "build.json").write_text(json.dumps(record | {"verilog_sha": digest}))
    result = cosim.run(tmp_path, frames=20, seed=4)
    assert not result.ok
    assert re.search("no frame in flight has tag 4|frame 4, (beat|status)", result.fault)


def test_a_tag_must_be_in_flight():
    tags = Tags(2, problems := [])
    for frame in "abc":
        tags.give(frame)
    assert (tags.take(1), tags.take(1), tags.take(3), tags.overtaken) == ("b", None, None, 1)
    assert (tags.take(0), tags.take(2), tags.overtaken) == ("a", "c", 1)
    for frame in "defg":
        tags.give(frame)
    assert not problems and tags.take(0) == "e" and tags.overtaken == 2
    tags.give("h")
    tags.give("i")
    assert "more than 4 frames in flight" in problems[0]
    tags.reset()
    assert tags.take(0) is None


@pytest.mark.parametrize("fields", [None, {}, {"decoded": [0, 1]}, {"iterations": [0, 7]}])
def test_missing_fields_of_the_status_are_refused(tagged, fields):
    _, record = tagged
    with pytest.raises(InputError, match="field 'user_fields' is .* is due in it; build the fold"):
        stimulus.make(small_spec(z=3), record | {"user_fields": fields}, 1, 3.0, 1)


class AtOnce(wiring.Component):
    """Frames of one beat leave as they came, a cycle later; the status is the core's number.

    No decoder is as fast, and none takes as many frames: more than there are tags.
    """

    spec, options, input_stage, latency_cycles = None, None, None, 1

    def __init__(self, number: int, order: str = "out-of-order"):
        self.number = number
        self.format = FrameFormat(1, 1, 8, 8, 8, status={"core": 8}, mark=mark_of(order))
        super().__init__(core_ports(self.format))

    def value_of(self, m, byte):
        return byte

    def elaborate(self, platform):
        m = Module()
        kept = data.StructLayout({"bits": 8, "mark": self.i.payload.mark.shape()})
        m.submodules.fifo = fifo = SyncFIFO(width=Shape.cast(kept).width, depth=64)
        entry = kept(fifo.r_data)
        m.d.comb += [
            fifo.w_data.eq(Cat(self.i.payload.values, self.i.payload.mark)),
            fifo.w_en.eq(self.i.valid & ~self.i.payload.abort),
            self.i.ready.eq(fifo.w_rdy),
            self.due.eq(1),
            self.room.eq(1),
            self.o.payload.bits.eq(entry.bits),
            self.o.payload.mark.eq(entry.mark),
            self.o.payload.status.core.eq(self.number),
            self.o.payload.last.eq(1),
            self.o.valid.eq(fifo.r_rdy),
            fifo.r_en.eq(self.o.ready),
        ]
        return m


def at_once(count: int, order: str = "out-of-order") -> Shell:
    return Shell(Cores([AtOnce(number, order) for number in range(count)], order))


@pytest.mark.parametrize(("count", "stall"), [(3, 0.0), (3, 0.9), (16, 0.97)])
def test_cores_with_results_take_turns(count, stall):
    """Each tag once and with its own frame; where all cores wait they send in rotation."""
    cores, frames = at_once(count), 400
    rng, results = random.Random(6), []

    async def source(ctx):
        ctx.set(cores.s_axis_tvalid, 1)
        ctx.set(cores.s_axis_tlast, 1)
        for number in range(frames):
            ctx.set(cores.s_axis_tdata, number % 256)
            await ctx.tick().until(cores.s_axis_tready)
        ctx.set(cores.s_axis_tvalid, 0)

    async def sink(ctx):
        sampled = (cores.m_axis_tvalid, cores.m_axis_tdata, cores.m_axis_tuser)
        while len(results) < frames:
            ready = rng.random() >= stall
            ctx.set(cores.m_axis_tready, ready)
            _, _, valid, word, user = await ctx.tick().sample(*sampled)
            if ready and valid:
                results.append((word, user & 255, user >> 8 & 15, user >> 12))

    simulate(cores, source, sink)
    assert all(word == tag and drops == 0 for word, _, drops, tag in results)
    assert sorted(tag for *_, tag in results) == sorted(n % 256 for n in range(frames))
    if stall:
        turns = [core for _, core, *_ in results[5 * count : -5 * count]]
        assert all(b == (a + 1) % count for a, b in zip(turns, turns[1:], strict=False))


def test_frames_in_flight_have_different_tags():
    """Nothing is taken out: no more frames come in than there are tags."""
    cores, taken = at_once(16), []

    async def bench(ctx):
        ctx.set(cores.s_axis_tvalid, 1)
        ctx.set(cores.s_axis_tlast, 1)
        for _ in range(1200):
            *_, ready = await ctx.tick().sample(cores.s_axis_tready)
            taken.append(ready)

    simulate(cores, bench)
    waiting = 3 + 16  # before they have a tag: at the pins, in the first queue
    assert 240 <= sum(taken) <= 256 + waiting
    assert not any(taken[-100:])


@pytest.mark.parametrize("order", ["in-order", "out-of-order"])
def test_cores_say_how_long_a_frame_takes(order):
    """With all cores idle, again and again."""
    cores, seen = at_once(3, order), []

    async def bench(ctx):
        ctx.set(cores.m_axis_tready, 1)
        for pause in range(20, 30):
            await ctx.tick().repeat(pause)
            await offer(ctx, cores, [0])
            seen.append(await cycles_to_frame_end(ctx, cores))

    simulate(cores, bench)
    assert cores.latency_cycles - 3 <= max(seen) <= cores.latency_cycles


@pytest.mark.parametrize("options", [Options, DirectOptions])
def test_orders_out_of_range(options):
    with pytest.raises(InputError, match="order is 'sorted', known: in-order, out-of-order"):
        options(order="sorted", cores=2)
    with pytest.raises(InputError, match="order is 'out-of-order', must be 'in-order' with one"):
        options(order="out-of-order")
    assert options(order="out-of-order", cores=2).order == "out-of-order"


@pytest.mark.parametrize(
    ("field", "value"), [("cores", 0), ("cores", 17), ("fifo", "wood")]
)
def test_options_out_of_range(field, value):
    with pytest.raises(InputError, match=f"{field} is {value!r}"):
        Options(**{field: value})
