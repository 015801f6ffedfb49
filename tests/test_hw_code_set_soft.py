"""Decoders of sets whose frames ask for hard decisions or for soft values, each for itself."""

import random
from dataclasses import replace

import compiled_proof
import numpy as np
import pytest
from amaranth.hdl import Cat
from amaranth_bench import receive, send, simulate
from small_sets import small_set
from small_specs import small_graph, small_spec
from test_hw_code_set_grouped import small_sizes

from hw.build import build
from hw.code_set.packer import DecisionPacker
from quant import sources
from quant.code_set.control import Control
from quant.code_set.spec import CodeSetSpec
from quant.number_forms import odd_sums
from sim import buildfolder, soak
from sim.code_set import stimulus

SOFT = {"decisions": "soft"}


@pytest.mark.parametrize("width", [1, 3, 8])
def test_packer(width):
    """Frames of both kinds one after the other; a frame's ``hard`` holds while its beats pass."""
    rng = random.Random(width)
    block, sent, due = DecisionPacker(width), [], []
    for frame in range(60):
        hard, beats = frame % 3 > 0, rng.randint(1, 20)
        bits = [rng.getrandbits(width) for _ in range(beats)]
        sent += [(hard, word, at == beats - 1) for at, word in enumerate(bits)]
        every = 8 if hard else 1
        for at in range(0, beats, every):
            packed = sum(word << n * width for n, word in enumerate(bits[at : at + every]))
            due.append((hard, packed, at + every >= beats))
    found = []

    def fill(hard, word, last):
        def now(ctx):
            ctx.set(block.hard, hard)
            ctx.set(block.i.payload.bits, word)
            ctx.set(block.i.payload.last, last)

        return now

    async def source(ctx):
        await send(ctx, block.i, [fill(*beat) for beat in sent], rng, 0.2)

    async def sink(ctx):
        read = Cat(block.o.payload, block.hard)
        found.extend(await receive(ctx, block.o, read, len(due), rng, 0.3))

    simulate(block, source, sink)
    for (hard, bits, last), word in zip(due, found, strict=True):
        assert word >> 8 * width == last | hard << 1
        assert not hard or word % (1 << 8 * width) == bits


def some_even() -> CodeSetSpec:
    """Codes of one alphabet of which some have odd APP values alone, and one has not."""
    features = {"even": True, "app_bits": 9}
    first_column = np.arange(9 * 8) < 8
    punctured = replace(small_graph(8, punctured=first_column), name="punctured")
    members = small_spec(8, **features), small_spec(8, graph=punctured, **features)
    assert [odd_sums(member) for member in members] == [True, False]
    return CodeSetSpec("mixed", members)


CASES = {
    "odd values of some codes": (some_even, {}),
    "odd sums": (lambda: small_set(z=6, even=True, app_bits=9), {"bits_per_beat": 16}),
    "several sizes": (lambda: small_sizes((8, 16, 24)), {"target": "ecp5"}),
    "programs": (lambda: small_set(z=8), {"programs": 2}),
    "more than a byte": (lambda: small_set(z=6, app_bits=11), {}),
}
SLOW = ("programs", "more than a byte")


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=[pytest.mark.slow] if c in SLOW else []) for c in CASES]
)
def test_verilog_equals_golden(case, tmp_path):
    """All bits or the information, hard or soft, as each control word has it."""
    make, options = CASES[case]
    record = build(make(), tmp_path, SOFT | options)
    assert record["ports"]["m_axis_tdata"]["width"] == 8 * record["bits_per_beat"]
    compiled_proof.prove(tmp_path, frames=400, seed=5)


def test_what_a_byte_stands_for_is_said_of_each_code(tmp_path):
    spec = small_set(z=6, even=True, app_bits=9)
    says = build(spec, tmp_path, SOFT)
    assert (says["soft_step_lsb"], says["soft_offset_lsb"]) == (2, 1)
    for code, member in zip(says["codes"], spec.members, strict=True):
        assert code["app_lsb_llr"] == member.channel.app_lsb_llr
    record = buildfolder.read(tmp_path).record
    found = stimulus.make(spec, record, 200, None, 1)
    width = record["bits_per_beat"]
    for word, beats in zip(found.words.given, found.outputs, strict=True):
        control = Control.from_word(word)
        member = spec.members[control.code]
        bits = member.n_variables if control.all_bits else member.k
        assert len(beats) == -(-bits // (8 * width if control.hard else width))


@pytest.mark.slow
def test_802_11n_codes_of_one_length(tmp_path):
    build(sources.spec_for("wifi_1296"), tmp_path, SOFT)
    found = soak.run(tmp_path, frames=2_500, wrong=0.2, seed=5)
    assert found.ok, found.fault
    assert found.results > 1_900
