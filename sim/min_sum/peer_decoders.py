"""Decoders whose speed and error rate ``unfoldhw peers`` measures: each takes the same LLRs.

An adapter is a class with ``name``, ``frames`` (of a measurement), and ``prepare(llr)``, which
returns a function that decodes those frames and gives hard decisions: (frames, n), or (frames, k)
of the information bits alone. Making one raises ``ImportError`` where its package is missing.
"""

from collections.abc import Callable

import numpy as np

from quant.cmodel import CModel
from quant.spec import Spec


class Ours:
    """The C model with vectors of one size."""

    frames = 8192

    def __init__(self, spec: Spec, size: int, name: str):
        self.name, self.model, self.size = name, CModel(spec, every_width=True), size

    def prepare(self, llr: np.ndarray) -> Callable[[], np.ndarray]:
        codes = self.model.quantise(llr)

        def work() -> np.ndarray:
            self.model.use_vector_bytes(self.size)
            return self.model.decode(codes).bits

        return work


class Sionna:
    """LDPCBPDecoder of sionna-no-rt, "minsum", layers of the lifting size, float32, CPU."""

    name, frames = "sionna-no-rt", 256

    def __init__(self, spec: Spec):
        import torch
        from sionna.phy.fec import ldpc

        torch.set_num_threads(1)
        graph = spec.graph()
        layers = np.arange(graph.n_checks).reshape(-1, spec.code.lifting_size)
        self._tensor = torch.from_numpy
        self._peer = ldpc.LDPCBPDecoder(
            graph.parity_check_matrix().astype(np.float64), cn_update="minsum", cn_schedule=layers,
            num_iter=spec.iterations, llr_max=None, device="cpu",
        )  # fmt: skip

    def prepare(self, llr: np.ndarray) -> Callable[[], np.ndarray]:
        given = -self._tensor(llr)  # its LLRs are positive for a 1
        return lambda: self._peer(given).numpy().astype(np.uint8)


class Ldpc:
    """BpDecoder of the package ldpc, "minimum_sum" scaled by 0.75, serial schedule."""

    name, frames = "ldpc", 64

    def __init__(self, spec: Spec):
        from ldpc import BpDecoder

        self._peer = BpDecoder(
            spec.graph().parity_check_matrix(), error_rate=0.1, max_iter=spec.iterations,
            bp_method="minimum_sum", ms_scaling_factor=0.75, schedule="serial",
            input_vector_type="received_vector",
        )  # fmt: skip

    def prepare(self, llr: np.ndarray) -> Callable[[], np.ndarray]:
        hard = (llr < 0).astype(np.uint8)
        flips = 1.0 / (1.0 + np.exp(np.abs(llr.astype(np.float64))))

        def work() -> np.ndarray:
            found = []
            for received, probability in zip(hard, flips, strict=True):
                self._peer.update_channel_probs(probability)
                found.append(self._peer.decode(received).copy())
            return np.array(found, dtype=np.uint8)

        return work


OF_PACKAGES = {"sionna-no-rt": Sionna, "ldpc": Ldpc}
"""By the package that ``pip install`` takes."""
