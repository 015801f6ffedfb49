"""Decoders with restarts: golden against a plain reading, C against golden, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from small_restarts import small_restarts
from small_specs import small_spec

from model import catalog
from model.automorphisms import permutation
from model.errors import InputError
from quant import golden as decoders
from quant import kinds
from quant.comparison import compared
from quant.fit import default_spec
from quant.golden.channel import initial_app
from quant.restarts import command
from quant.restarts.cmodel import RestartModel
from quant.restarts.family import spec_of_code
from quant.restarts.golden import decode, next_values
from quant.restarts.monte_carlo import RestartComparer, RestartMonteCarlo
from quant.restarts.search import TunableRestarts
from quant.sources import hand_over, spec_for
from quant.spec import Maps

STARTS = tuple(permutation(text, 63, "") for text in ("identity", "times:2", "shift:5"))


@pytest.fixture(scope="module")
def spec():
    return spec_of_code("bch_63_36_restarts")


def seen(spec, frames: int, ebn0_db: float) -> np.ndarray:
    """Channel codes of random words."""
    part = RestartMonteCarlo(spec)
    _, llr = part.frames(part.link(), ebn0_db, 7, 0, frames)
    return decoders.quantise_llr(spec.decoder, llr)


def plainly(spec, codes: np.ndarray) -> tuple[list[int], bool, int]:
    """One frame, value by value: bits, verified, iterations."""
    channel = [int(value) for value in initial_app(spec.decoder, codes[None])[0]]
    largest, half = max(map(abs, initial_app(spec.decoder, np.int8([[127] * 63]))[0])), 0
    half = 2 ** (spec.damping - 1) if spec.damping else 0
    best, longest, last = None, 0, None
    for start in spec.starts:
        values, place, used = [channel[p] for p in start], list(start), 0
        for _ in range(spec.blocks):
            found = decoders.start(spec.decoder, values=np.array([values]))
            decoders.iterate(spec.decoder, found, spec.decoder.iterations)
            found = decoders.finish(spec.decoder, found)
            used += int(found.iterations[0])
            word = [0] * 63
            for i, p in enumerate(place):
                word[p] = int(found.bits[0, i])
            if found.decoded[0]:
                metric = sum(abs(c) for c, b in zip(channel, word, strict=True) if (c < 0) != b)
                if best is None or metric < best[0]:
                    best = metric, word
                break
            moved = [v + (int(a) - v + half) // 2**spec.damping
                     for v, a in zip(values, found.soft[0], strict=True)]  # fmt: skip
            moved = [max(-largest, min(largest, v)) for v in moved]
            values, place = [moved[r] for r in spec.rotation], [place[r] for r in spec.rotation]
        longest = max(longest, used)
        last = last or word
    return (best[1], True, longest) if best else (last, False, longest)


@pytest.mark.parametrize("changes", [
    {}, {"starts": STARTS, "blocks": 4}, {"damping": 0, "blocks": 3}, {"damping": 5, "blocks": 6},
])  # fmt: skip
def test_golden_and_c_do_what_the_spec_says(spec, changes):
    spec = replace(spec, **changes)
    codes = seen(spec, 60, 3.0)
    due = decode(spec, codes)
    assert 5 < due.decoded.sum() < 60 or changes == {}
    for frame in range(0, 60, 4):
        bits, decoded, iterations = plainly(spec, codes[frame])
        assert due.bits[frame].tolist() == bits
        assert (due.decoded[frame], due.iterations[frame]) == (decoded, iterations)
    model = RestartModel(spec, every_width=True)
    for size in model.vector_sizes:
        model.use_vector_bytes(size)
        assert not model.decode(codes).differs(due).any()
        model.use_vector_bytes(0)


def test_c_equals_golden_in_units(spec):
    result = compared(RestartComparer(replace(spec, starts=STARTS[:2])), 800, 3)
    assert (result.frames, result.different) == (800, 0)
    assert result.error_rates[0] > 0.3 > result.error_rates[-1]


def test_values_of_the_next_block(spec):
    values = np.array([[1, -3, 31, -31, 5, *[0] * 58]])
    app = np.array([[7, -6, 200, -200, 5, *[0] * 58]])
    still = replace(spec, rotation=STARTS[0])
    # (7 - 1 + 2) >> 2 is 2; (-6 + 3 + 2) >> 2 is -1; beyond the channel's largest it is limited.
    assert next_values(still, values, app)[0, :5].tolist() == [3, -4, 31, -31, 5]
    shifted = next_values(replace(spec, rotation=permutation("shift:10", 63, "")), values, app)
    assert shifted[0, 53:58].tolist() == [3, -4, 31, -31, 5]


def test_hash_and_file(spec, tmp_path):
    renamed = replace(spec, name="other", decoder=spec.decoder.renamed("x"), provenance={"a": "b"})
    assert renamed.sha == spec.sha
    assert kinds.load(spec.save(tmp_path / "s.json")) == spec
    assert replace(spec, damping=1).sha != spec.sha != replace(spec, starts=STARTS).sha


def test_a_spec_by_command(spec, tmp_path, capsys):
    block = spec.decoder.save(tmp_path / "block.json")
    argv = ["--spec", str(block), "--rotation", "shift:10", "--out", str(tmp_path / "s.json")]
    assert command.main(argv) == 0
    assert "at most 30 times, permuted" in capsys.readouterr().out
    made = kinds.load(tmp_path / "s.json")
    assert made.sha == spec.sha and "shift:10" in made.provenance["restarts"]["command"]


REFUSED = {
    "times:3: 3 and the length 63 have a common factor": ["--rotation", "times:3"],
    "up:3: shift:K": ["--rotation", "up:3"],
    "rotation is no automorphism of bch_63_36_cycle_reduced: .* does not satisfy check 0": [
        "--rotation", "times:5"
    ],
    r"starts\[1\] is no automorphism": [
        "--rotation", "shift:1", "--starts", "identity", "times:11"
    ],
    "blocks is 0, must be": ["--rotation", "shift:1", "--blocks", "0"],
    "blocks is 64, of 2 iterations each: 128 in all": ["--rotation", "shift:1", "--blocks", "64"],
    "damping is 8, must be": ["--rotation", "shift:1", "--damping", "8"],
}  # fmt: skip


@pytest.mark.parametrize("reason", REFUSED)
def test_refused_before_anything_is_written(spec, reason, tmp_path):
    block = spec.decoder.save(tmp_path / "block.json")
    with pytest.raises(InputError, match=reason):
        command.main(["--spec", str(block), *REFUSED[reason], "--out", str(tmp_path / "s.json")])
    assert not (tmp_path / "s.json").exists()


def test_codes_without_the_symmetry_are_refused(tmp_path):
    spec, out = spec_for("ccsds_128_64"), str(tmp_path / "s.json")
    block = replace(spec, early_stop=True).save(tmp_path / "block.json")
    with pytest.raises(InputError, match="rotation is no automorphism of ccsds_128_64"):
        command.main(["--spec", str(block), "--rotation", "shift:1", "--blocks", "2", "--out", out])
    with pytest.raises(InputError, match="decoder: early_stop is false"):
        command.main(["--spec", "ccsds_128_64", "--rotation", "shift:1", "--out", out])
    with pytest.raises(InputError, match="must be a min-sum decoder"):
        command.main(["--spec", "mimo_precoder", "--rotation", "shift:1", "--out", out])
    punctured = small_spec(z=6, partial=True).save(tmp_path / "p.json")
    with pytest.raises(InputError, match="bits are transmitted, must be all"):
        command.main(["--spec", str(punctured), "--rotation", "identity", "--out", out])


def test_a_search_on_the_whole(tmp_path, capsys):
    block = default_spec(catalog.get("bch_15_11"), 3, 2, alpha=0.5, schedule="flooding")
    start = replace(small_restarts(), decoder=block)
    place, out = start.save(tmp_path / "s.json"), tmp_path / "found.json"
    argv = ["--spec", str(place), "--out", str(out), "--anneal", "--steps", "40", "--frames",
            "6000", "--tail-frames", "6000", "--ebn0", "4"]  # fmt: skip
    assert hand_over("search", argv) == 0
    found = kinds.load(out)
    assert (found.rotation, found.blocks) == (start.rotation, start.blocks)
    assert found.decoder.thresholds != block.thresholds or found.decoder.maps != block.maps
    assert found.provenance["search"]["steps"] == 40
    assert "errors in the waterfall" in capsys.readouterr().out
    with pytest.raises(InputError, match="--ties: not for a decoder with restarts"):
        hand_over("search", [*argv, "--ties"])


def test_tables_of_a_search_are_those_of_the_whole():
    """The program whose tables change decodes as one that was compiled with them."""
    block = default_spec(catalog.get("bch_15_11"), 3, 2, alpha=0.5, schedule="flooding")
    start = replace(small_restarts(), decoder=block)
    other = replace(block, thresholds=(3, 9, 14), maps=Maps(((0, 2, 5, 9),), block.maps.index),
                    channel=replace(block.channel, lsb_llr=1.1))  # fmt: skip
    codes = np.random.default_rng(1).integers(-8, 8, (300, 15)).astype(np.int8)
    model = TunableRestarts(start)
    for decoder in (other, block):
        model.set_tables(decoder.channel, decoder.thresholds, decoder.maps.codebook)
        assert not model.decode(codes).differs(decode(replace(start, decoder=decoder), codes)).any()


@pytest.mark.slow
def test_error_rates(spec):
    """Issue: at most 2e-2 at 4.0 dB and 6e-3 at 4.5 dB with one start, 7.5e-3 with three."""
    frobenius = tuple(permutation(f"times:{2**e}", 63, "") for e in range(3))
    for starts, ebn0_db, most in ((spec.starts, 4.0, 2e-2), (spec.starts, 4.5, 6e-3),
                                  (frobenius, 4.0, 7.5e-3)):  # fmt: skip
        part = RestartMonteCarlo(replace(spec, starts=starts))
        found = part.count("c", part.link(), ebn0_db, 5, 0, 512 * 160)
        assert (found.counts["bit_errors"] > 0).mean() < most
