"""Flooding specs: golden against a slow second reading, the C model, and how fits become specs."""

from dataclasses import replace

import numpy as np
import pytest
from small_specs import flooding_spec

from model import catalog
from model.encode import syndrome
from model.errors import InputError
from model.parameters import Parameters
from quant import golden, kinds
from quant.cmodel import CModel
from quant.fit import default_spec, fit
from quant.golden.channel import initial_app
from quant.spec import FLOODING, Relaxation, Spec
from quant.validate import largest_sums

FEATURES = {
    "plain": dict(z=3),
    "edge maps, partial columns": dict(z=6, maps="edge", partial=True),
    "mid_tread, no early stop": dict(z=2, rise="mid_tread", early_stop=False),
    "6 bits": dict(z=1, message_bits=6, maps="edge"),
    "2 bits": dict(z=3, message_bits=2),
    "relaxed": dict(z=3, relaxation=Relaxation(2, 3), maps="edge"),
    "relaxed, no fraction": dict(z=3, relaxation=Relaxation(1, 0)),
}


def decode_one(spec: Spec, codes: np.ndarray):
    """One frame by plain integers and dictionaries, straight from the conventions of quant.spec."""
    z, relax = spec.code.lifting_size, spec.relaxation
    channel = [int(value) for value in initial_app(spec, codes[None])[0]]
    edges, number = [], 0  # (check, variable, block edge)
    for r, row in enumerate(spec.code.rows):
        for column, shift in row:
            edges += [(r * z + i, column * z + (i + shift) % z, number) for i in range(z)]
            number += 1
    stored = {(check, variable): 0 for check, variable, _ in edges}

    def used(key):
        half = 1 << relax.frac_bits >> 1 if relax else 0
        return (stored[key] + half) >> relax.frac_bits if relax else stored[key]

    def sums():
        total = list(channel)
        for check, variable, _ in edges:
            total[variable] += used((check, variable))
        return total

    for iteration in range(spec.iterations):
        told = {(c, v): sums_v - used((c, v)) for s in [sums()] for c, v, _ in edges
                for sums_v in [s[v]]}  # fmt: skip
        fresh = {}
        for check, variable, block_edge in edges:
            others = [told[c, v] for c, v, _ in edges if c == check and v != variable]
            index = [sum(abs(x) >= t for t in spec.thresholds) for x in others]
            level = spec.maps.codebook[spec.maps.index[iteration][block_edge]]
            new = level[min(index or [len(spec.thresholds)])]
            new = -new if sum(x < 0 for x in others) % 2 else new
            if relax:
                old = stored[check, variable]
                new = old + (((new << relax.frac_bits) - old) >> relax.shift)
            fresh[check, variable] = new
        stored.update(fresh)
        bits = [int(total < 0) for total in sums()]
        parity = [0] * (len(spec.code.rows) * z)
        for check, variable, _ in edges:
            parity[check] ^= bits[variable]
        if spec.early_stop and not any(parity):
            break
    return bits, not any(parity), iteration + 1


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES)
def test_golden_equals_a_second_reading(features):
    spec = flooding_spec(**features)
    rng = np.random.default_rng(7)
    quiet = rng.integers(0, 8, (12, spec.n)) - (rng.random((12, spec.n)) < 0.08) * 8
    noise = rng.integers(-128, 128, (12, spec.n))
    codes = np.concatenate([quiet, noise]).astype(np.int8)
    result = golden.decode(spec, codes, batch=7)
    for frame, code in enumerate(codes):
        bits, decoded, iterations = decode_one(spec, code)
        assert result.bits[frame].tolist() == bits, frame
        assert (bool(result.decoded[frame]), int(result.iterations[frame])) == (
            decoded, iterations,
        )  # fmt: skip


@pytest.mark.parametrize("case", ["edge maps, partial columns", "relaxed", "6 bits"])
def test_c_model_equals_golden(case):
    spec = flooding_spec(**FEATURES[case])
    codes = np.random.default_rng(3).integers(-128, 128, (300, spec.n)).astype(np.int8)
    codes[:150] = np.abs(codes[:150] // 16)
    due, model = golden.decode(spec, codes), CModel(spec, every_width=True)
    assert 0 < due.decoded.sum() < 300
    for found in (
        model.decode(codes),
        model.decode(codes, soft=True),
        model.decode_values(initial_app(spec, codes)),
    ):
        for name in ("bits", "decoded", "iterations"):
            assert (getattr(found, name) == getattr(due, name)).all(), name
        assert not found.differs(due).any()
    assert (found.soft == due.soft).all() and (found.unsatisfied == due.unsatisfied).all()


def test_verified_frames_are_codewords_and_others_are_not():
    spec = default_spec(catalog.get("bch_31_16"), schedule="flooding")
    codes = np.random.default_rng(1).integers(-8, 8, (500, spec.n)).astype(np.int8)
    result = golden.decode(spec, codes)
    assert ((syndrome(spec.graph(), result.bits) == 0).all(axis=1) == result.decoded).all()


def test_parameters_keep_their_schedule():
    graph = catalog.get("bch_31_16")
    plain = Parameters.constant(graph, 4, 0.75)
    flooding = replace(plain, metadata={**plain.metadata, "schedule": "flooding"})
    assert fit(plain).kind == "qc_ldpc_layered"
    assert fit(flooding).kind == FLOODING and fit(flooding).layer_order == ()
    assert fit(flooding, schedule="layered").kind == "qc_ldpc_layered"
    with pytest.raises(InputError, match="schedule is 'spiral'"):
        fit(plain, schedule="spiral")


def test_edges_have_maps_of_their_own():
    graph = catalog.get("bch_31_16")
    alpha = np.linspace(0.4, 1.0, 2 * graph.n_edges).reshape(2, -1)
    metadata = {"rule": "normalised-offset", "schedule": "flooding"}
    spec = fit(Parameters(graph, alpha, alpha * 0, "edge", 0.87, None, metadata), message_bits=5)
    assert len(spec.maps.codebook) == 16
    assert len(set(spec.maps.index[0])) > 4 and spec.maps.index[0] != spec.maps.index[1]
    assert spec.relaxation == Relaxation(3, 3)


def test_every_sum_fits_or_the_spec_is_refused(tmp_path):
    spec = default_spec(catalog.get("bch_63_45"), schedule="flooding", message_bits=5)
    due = max(largest_sums(spec.code, spec.channel, spec.maps))
    assert due <= spec.app_max < 2 * due + 2
    with pytest.raises(InputError, match=f"app_bits is 7: the sum of block column .* {due}"):
        replace(spec, app_bits=7)
    with pytest.raises(InputError, match="layer_order is .*, empty is due with flooding"):
        replace(spec, layer_order=(0,))
    assert kinds.load(spec.save(tmp_path / "spec.json")) == spec
