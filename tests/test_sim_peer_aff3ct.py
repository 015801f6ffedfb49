"""AFF3CT's decoders beside the C model: with a checkout of it, and what is said without one."""

import ctypes
import os
from pathlib import Path

import numpy as np
import pytest

from model import catalog
from model.errors import InputError
from quant.fit import default_spec
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from sim.min_sum import peer_aff3ct, peers

CHECKOUT = os.environ.get("AFF3CT_CHECKOUT")  # of a machine that has one
KIND = peer_aff3ct.KINDS[0]


@pytest.fixture(scope="module")
def spec():
    return default_spec(catalog.get("wifi_648_r12"))


class Signs:
    """In place of the compiled library: "decodes" by the signs of int8 LLRs."""

    def __init__(self, spec):
        self.spec, self.deleted = spec, 0

    def aff3ct_new(self, kind, n, k, checks, iterations, edges, count, where):
        of_edges = np.ctypeslib.as_array(
            ctypes.cast(edges, ctypes.POINTER(ctypes.c_int32)), (count.value, 2)
        )
        matrix = np.zeros((checks, n), dtype=np.uint8)
        matrix[of_edges[:, 0], of_edges[:, 1]] = 1
        self.given = kind, k, iterations, matrix
        self.where = ctypes.cast(where, ctypes.POINTER(ctypes.c_int32))[:k]
        return 1

    def aff3ct_decode(self, peer, llr, frames, bits):
        shape = frames.value, self.spec.n
        llr = np.ctypeslib.as_array(ctypes.cast(llr, ctypes.POINTER(ctypes.c_int8)), shape)
        shape = frames.value, len(self.where)
        to = np.ctypeslib.as_array(ctypes.cast(bits, ctypes.POINTER(ctypes.c_int8)), shape)
        to[:] = llr[:, self.where] < 0

    def aff3ct_delete(self, peer):
        self.deleted += 1


def test_code_llrs_and_bits_are_passed_on(spec, monkeypatch):
    signs = Signs(spec)
    monkeypatch.setattr(peer_aff3ct, "library", lambda folder: signs)
    peer = peer_aff3ct.Aff3ct(spec, KIND, Path("any"))
    kind, k, iterations, matrix = signs.given
    assert (kind, k, iterations) == (b"OMS int8", spec.k, spec.iterations)
    assert (matrix == spec.graph().parity_check_matrix()).all()
    llr = np.random.default_rng(1).normal(0, 12, (64, spec.n)).astype(np.float32)
    codes = peer.quantised(llr)
    assert codes.dtype == np.int8 and codes.max() == 31 and codes.min() == -31
    assert (peer.prepare(llr)() == (codes < 0)[:, spec.information_positions]).all()
    with pytest.raises(ValueError, match="^63 frames are not a multiple"):
        peer.prepare(llr[:63])
    del peer
    assert signs.deleted == 1


def test_a_decoder_that_is_refused(spec, monkeypatch):
    signs = Signs(spec)
    monkeypatch.setattr(signs, "aff3ct_new", lambda *args: None)
    signs.aff3ct_reason = lambda: b"'n_ite' has to be greater than 0\nmore"
    monkeypatch.setattr(peer_aff3ct, "library", lambda folder: signs)
    with pytest.raises(
        InputError, match="^here: AFF3CT OMS int8: 'n_ite' has to be greater than 0$"
    ):
        peer_aff3ct.Aff3ct(spec, KIND, Path("here"))


def test_a_folder_without_sources(tmp_path):
    with pytest.raises(InputError, match="no checkout of AFF3CT 3.0.2 .*Task.cpp is missing$"):
        peers.main(["--code", "wifi_648_r12", "--aff3ct", str(tmp_path)])


@pytest.mark.parametrize(
    ("name", "reason"), [("qc_ldpc", "not a decoder of"), ("mimo_precoder_32x4", "not a decoder")]
)
def test_presets_of_another_code(name, reason):
    with pytest.raises(InputError, match=f"^--with {name}: {reason}"):
        peers.main(["--code", "wifi_648_r12", "--with", name])


@pytest.mark.slow
@pytest.mark.skipif(not CHECKOUT, reason="AFF3CT_CHECKOUT names no checkout of AFF3CT")
@pytest.mark.parametrize("kind", peer_aff3ct.KINDS, ids=lambda kind: kind.name)
def test_aff3ct_decodes(spec, kind):
    words, llr = DecoderMonteCarlo(spec).frames(Channel(), 4.0, 1, 0, 1024)[:2]
    found = peer_aff3ct.Aff3ct(spec, kind, Path(CHECKOUT)).prepare(llr)()
    wrong = (found != words[:, spec.information_positions]).any(axis=1).sum()
    # Of this code those of 8 bits leave some one in a hundred wrong, however little the noise.
    assert wrong <= (20 if kind.dtype == np.int8 else 1)
