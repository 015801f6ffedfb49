# amaranth: UnusedElaboratable=no
# Formats are asked of cores that nobody elaborates.
"""Retries in hardware: whole decoders against golden, and what there is no hardware for."""

from dataclasses import replace

import compiled_proof
import numpy as np
import pytest
from amaranth.hdl import Signal
from amaranth_bench import evaluate
from small_specs import small_spec, uneven_channel
from test_quant_retries import codes_of, other_maps

from hw.build import build
from hw.layered.core import LayeredCore
from hw.layered.options import Options
from hw.min_sum.arithmetic import MinSum
from hw.min_sum.channel_word import ChannelWord
from model.errors import InputError
from quant import golden
from quant.retries import Retry, try_of
from quant.sources import spec_for
from quant.spec import Relaxation, Spec
from sim import cosim

ODD = uneven_channel(1, 3, 5, 7, 9, 11, 15, 21)


def decoder(*retries: Retry, maps: bool = False, **features) -> Spec:
    """Every retry with maps of its own, if ``maps``."""
    spec = small_spec(**features)
    given = other_maps(spec, len(retries)) if maps else ()
    own = (replace(retry, map_index=(row,)) for retry, row in zip(retries, given, strict=False))
    return replace(spec, retries=tuple(own) if maps else retries)


CASES = {
    "other maps": (decoder(Retry(4), Retry(5), z=5, maps=True, iterations=4), {}),
    "odd values, other channel values": (
        decoder(
            Retry(6, channel_values=(1, 1, 5, 5, 9, 9, 13, 17)), Retry(6),
            Retry(5, channel_values=(1, 3, 3, 5, 7, 9, 11, 15)),
            z=6, app_bits=9, even=True, channel=ODD, iterations=5,
        ),
        {"target": "ecp5"},
    ),
    "punctured and shortened, saturating, APP values out": (
        decoder(
            Retry(3, channel_values=(1, 2, 4, 5, 6, 7, 9, 11)),
            z=8, partial=True, channel=uneven_channel(), iterations=4,
        ),
        {"decisions": "soft", "slots": 2},
    ),
    "relaxed, one slot": (
        decoder(Retry(2), z=4, relaxation=Relaxation(2, 1), iterations=3),
        {"slots": 1, "output_regions": 2, "input_regions": 2},
    ),
    "two cores": (decoder(Retry(3), Retry(3), z=5, iterations=3), {"cores": 2}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    spec, options = CASES[case]
    record = build(spec, tmp_path, options)
    assert list(record["user_fields"])[:3] == ["decoded", "iterations", "retry"]
    compiled_proof.prove(tmp_path, frames=150, seed=4)


def test_nothing_is_lost_where_every_frame_is_hard(tmp_path):
    """All slots go through all tries: the input waits, at the rate that build.json promises."""
    spec = decoder(Retry(3), Retry(2), z=5, iterations=3)
    record = build(spec, tmp_path)
    result = cosim.run(tmp_path, frames=100, ebn0_db=-12.0, seed=3, faults=False)
    assert (result.frames, result.fault) == (100, None)
    assert result.cycles_per_frame == pytest.approx(record["cycles_per_frame_full"], rel=0.05)


@pytest.mark.parametrize("case", [*(name for name in CASES if "values" in name), "qc_ldpc_retry"])
def test_words_of_another_try_are_looked_up(case):
    """Every code of the channel, by every table; the word stands for the try's own value."""
    spec = CASES[case][0] if case in CASES else spec_for(case)
    word, channel = ChannelWord(spec), spec.channel
    codes = range(channel.minimum_code, channel.maximum_code + 1)
    asked = [(code, *each) for each in zip(word.table_of_try, spec.tries, strict=True)
             for code in codes]  # fmt: skip

    def stored(code: int, channel) -> int:
        return (channel.steps_of(code) >> word.appends_one) & (1 << word.bits) - 1

    widths = [word.bits, max(word.table_of_try).bit_length()]
    given = [(stored(code, channel), table) for code, table, _ in asked]
    found = evaluate(word.looked_up, widths, given, word.bits)
    assert found == [stored(code, one.channel) for code, _, one in asked]


def test_words_that_only_lose_bits_are_multiplexed():
    """Of qc_ldpc_retry's tables one clears a bit, the other one that and the next."""
    word = ChannelWord(spec_for("qc_ldpc_retry"))
    stored, number = Signal(word.bits), Signal(2)
    text = repr(word.looked_up(stored, number))
    assert text.count("switch-value") == 2 and "array" not in text


def test_first_results_stay_where_retries_fail():
    spec = CASES["other maps"][0]
    found = golden.decode(spec, codes_of(spec, 200))
    retry = try_of(spec, found.decoded, found.iterations)
    assert set(np.unique(retry)) == {0, 1, 2} and not found.decoded.all()


def test_status_says_which_retry():
    spec, options = CASES["other maps"]
    core = LayeredCore(MinSum(spec), Options(**options).resolved(MinSum(spec).job))
    assert core.format.status == {"decoded": 1, "iterations": 7, "retry": 2}
    plain = MinSum(replace(spec, retries=()))
    core = LayeredCore(plain, Options(**options).resolved(plain.job))
    assert core.format.status == {"decoded": 1, "iterations": 7}


@pytest.mark.parametrize(
    ("retry", "options", "reason"),
    [
        (Retry(2, layer_order=(3, 2, 1, 0)), {}, "retries[0].layer_order is (3, 2, 1, 0), but"),
        (Retry(2), {"lanes": 2}, "1 retries, but frames in lock-step (--lanes) stop together"),
    ],
)
def test_what_there_is_no_hardware_for(retry, options, reason, tmp_path):
    spec = replace(small_spec(4), layer_order=(0, 1, 2, 3), retries=(retry,))
    with pytest.raises(InputError) as caught:
        build(spec, tmp_path / "build", options)
    assert reason in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "build").exists()
