"""The integer reference: against a slow second reading of the spec, and against floating point."""

import numpy as np
import pytest
from small_specs import small_spec

from model import catalog
from model.channel import random_frames
from model.encode import Encoder, syndrome
from quant import golden
from quant.fit import default_spec
from quant.golden.channel import initial_app
from quant.spec import Relaxation, Spec


def decode_one(spec: Spec, codes: np.ndarray):
    """One frame by plain integers and dictionaries, straight from the conventions of quant.spec."""
    z, limit = spec.code.lifting_size, spec.app_max
    app = [int(value) for value in initial_app(spec, codes[None])[0]]
    state: dict[tuple[int, int], int] = {}
    relax = spec.relaxation
    numbers, edge = [], 0
    for row in spec.code.rows:
        numbers.append(range(edge, edge + len(row)))
        edge += len(row)
    for iteration in range(spec.iterations):
        verified = True
        for position, row in enumerate(spec.layer_order):
            changed = False
            for lane in range(z):
                members = [
                    (c * z + (lane + p) % z, number)
                    for (c, p), number in zip(spec.code.rows[row], numbers[row], strict=True)
                ]
                messages = []
                for variable, number in members:
                    old = state.get((number, lane), 0)
                    if relax:
                        old = (old + (1 << relax.frac_bits >> 1)) >> relax.frac_bits
                    messages.append(app[variable] - old)
                index = [sum(abs(v) >= t for t in spec.thresholds) for v in messages]
                parity = 0
                for i, (variable, number) in enumerate(members):
                    others = index[:i] + index[i + 1 :] or [len(spec.thresholds)]
                    negative = sum(v < 0 for j, v in enumerate(messages) if j != i) % 2
                    levels = spec.maps.codebook[spec.maps.index[iteration][number]]
                    there = min(index.count(min(index)), spec.runs)  # a row counts no further
                    run = there - 1 if index[i] > min(index) else max(there - 2, 0)
                    level = levels[run * (len(spec.thresholds) + 1) + min(others)]
                    new = -level if negative else level
                    if relax:
                        old = state.get((number, lane), 0)
                        stored = old + (((new << relax.frac_bits) - old) >> relax.shift)
                        new = (stored + (1 << relax.frac_bits >> 1)) >> relax.frac_bits
                    state[number, lane] = stored if relax else new
                    after = max(-limit, min(limit, messages[i] + new))
                    changed |= (after < 0) != (app[variable] < 0)
                    app[variable] = after
                    parity ^= after < 0
                verified &= not parity
            verified &= position == 0 or not changed
        if spec.early_stop and verified:
            break
    return [int(value < 0) for value in app], verified, iteration + 1


FEATURES = {
    "plain": dict(z=3),
    "edge maps, partial columns": dict(z=6, maps="edge", partial=True),
    "mid_tread, no early stop": dict(z=2, rise="mid_tread", early_stop=False),
    "6 bits": dict(z=3, message_bits=6),
    "2 bits": dict(z=3, message_bits=2),
    "relaxed": dict(z=3, relaxation=Relaxation(2, 3)),
    "ties": dict(z=3, ties=True),
    "ties, edge maps, 4 bits": dict(z=5, ties=True, maps="edge", message_bits=4),
    "ties of three": dict(z=4, ties=2, maps="edge"),
    "relaxed, no fraction": dict(z=3, relaxation=Relaxation(1, 0)),
}


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES)
def test_equals_a_second_reading(features):
    spec = small_spec(**features)
    rng = np.random.default_rng(7)
    quiet = rng.integers(0, 8, (20, spec.n)) - (rng.random((20, spec.n)) < 0.08) * 8
    noise = rng.integers(-128, 128, (20, spec.n))
    codes = np.concatenate([quiet, noise]).astype(np.int8)
    result = golden.decode(spec, codes, batch=7)
    for frame, code in enumerate(codes):
        bits, decoded, iterations = decode_one(spec, code)
        assert result.bits[frame].tolist() == bits, frame
        assert (bool(result.decoded[frame]), int(result.iterations[frame])) == (
            bool(decoded), iterations,
        )


def test_decoded_means_every_check_holds():
    for seed, spec in enumerate([small_spec(7), small_spec(8, partial=True), small_spec(1)]):
        rng = np.random.default_rng(seed)
        weak = rng.random((400, spec.n)) < 0.15
        codes = (rng.integers(0, 8, (400, spec.n)) - 8 * weak).astype(np.int8)
        result = golden.decode(spec, codes)
        odd = syndrome(spec.graph(), result.bits).any(axis=1)
        assert 0 < result.decoded.sum() < 400 and not (odd & result.decoded).any()


def frames(spec: Spec, count: int, ebn0_db: float, seed: int):
    graph = spec.graph()
    return random_frames(graph, Encoder(graph), count, ebn0_db, np.random.default_rng(seed))


@pytest.mark.parametrize("name", ["wifi_648_r12", "nr5g_bg2_z16", "ccsds_128_64"])
def test_clean_frames_decode_to_what_was_sent(name):
    spec = default_spec(catalog.get(name))
    sent, llr = frames(spec, 20, 12.0, 1)
    result = golden.decode(spec, golden.quantise_llr(spec, llr))
    assert result.decoded.all() and (result.bits == sent).all()
    assert result.iterations.max() <= 3


def test_frame_error_rate_lies_near_floating_point():
    """3-bit golden at 3.2 dB against float layered 0.75 min-sum (1.2e-3 there, AFF3CT)."""
    spec = default_spec(catalog.get("wifi_1296_r34"))
    sent, llr = frames(spec, 3000, 3.2, 11)
    result = golden.decode(spec, golden.quantise_llr(spec, llr))
    wrong = (result.bits != sent).any(axis=1)
    # 0.15 dB of loss multiplies the rate by about 4.5 on this slope; 3000 frames see 0..25 errors.
    assert wrong.sum() <= 25
    assert not (wrong & result.decoded).any()


def test_no_frames_is_an_error():
    spec = small_spec(3)
    with pytest.raises(ValueError, match="no frames"):
        golden.decode(spec, np.zeros((0, spec.n), np.int8))


def test_quantiser_cells():
    rise, tread = small_spec(3), small_spec(3, rise="mid_tread")
    step = rise.channel.lsb_llr
    llr = np.zeros((1, rise.n))
    llr[0, :8] = np.array([-99, -1.01, -0.01, 0, 0.49, 0.99, 1.01, 99]) * step
    assert golden.quantise_llr(rise, llr)[0, :8].tolist() == [-8, -2, -1, 0, 0, 0, 1, 7]
    llr[0, :8] = np.array([-99, -1.01, -0.51, -0.49, 0.49, 0.51, 1.49, 99]) * step
    assert golden.quantise_llr(tread, llr)[0, :8].tolist() == [-7, -1, -1, 0, 0, 1, 1, 7]
