"""Error rates of uplinks: a codeword of each user over one channel, in integers or float.

All models see the same channels, codewords and noise.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from model.encode import Encoder
from model.mimo_detector import channels, linear, soft
from model.mimo_detector.system import Blocks
from model.options import Options, option
from quant import golden
from quant.cmodel import CModel
from quant.cmodel.soft import SoftDecoder
from quant.mimo_detector import golden as detector_golden
from quant.mimo_detector import host, reference, shipped
from quant.mimo_detector.cmodel import DetectorModel
from quant.mimo_detector.monte_carlo import system_of
from quant.monte_carlo import SNR, FrameCounts, Kind, MonteCarlo, point_number
from quant.uplink.golden import bits_in_order, codes_of
from quant.uplink.sending import send
from quant.uplink.spec import UplinkSpec

FLOAT_ALPHA = 0.75
MMSE, FLOAT = "mmse", "float"


@dataclass(frozen=True)
class Upstream(Options):
    """What a block is received through."""

    channel: str = option("iid", "kind of channel", choices=tuple(channels.CHANNELS))
    channels: int = option(
        1, "channels that a block's vectors are received over, one after the other", low=1,
        high=1000,
    )
    pilots: int = option(
        0, "pilot symbols a user that the channel is estimated from; 0: it is known", low=0,
        high=10_000,
    )  # fmt: skip


class UplinkMonteCarlo(MonteCarlo):
    """A frame is a user's codeword, wrong if one of its information bits is.

    "float" is the trained detector that the spec was fitted to, its LLRs with one trained scale,
    and normalised min-sum with a factor of 0.75; "mmse" the LMMSE estimate with its exact noise
    before the same decoder.
    """

    axis = SNR
    models = ("c", "golden", FLOAT, MMSE)
    link = Upstream
    frame = "codeword"
    kinds = (Kind("iterations", 1, mean=True), Kind("undetected", wrong_only=True),
             Kind("channel_bit_errors"))  # fmt: skip

    @classmethod
    def of_spec(cls, spec: UplinkSpec) -> "UplinkMonteCarlo":
        return type(cls.__name__, (cls,), {"unit_frames": spec.users})(spec)

    @cached_property
    def encoder(self) -> Encoder:
        return Encoder(self.spec.decoder.graph())

    @cached_property
    def compiled(self) -> tuple[DetectorModel, CModel]:
        """Both compiled models, loaded once."""
        return DetectorModel(self.spec.detector), CModel(self.spec.decoder)

    @cached_property
    def soft(self) -> SoftDecoder:
        return SoftDecoder(self.spec.decoder, FLOAT_ALPHA)

    @cached_property
    def parameters(self):
        """Trained numbers that the detector was fitted to."""
        _, found = shipped.load(self.spec.detector)
        return found

    def frame_bits(self, link: Upstream) -> int:
        return self.spec.decoder.k

    def most(self, link: Upstream) -> dict[str, int]:
        decoder = self.spec.decoder
        return super().most(link) | {
            "iterations": decoder.most_iterations, "undetected": 1, "channel_bit_errors": decoder.n,
        }  # fmt: skip

    def prepare(self, model: str) -> None:
        _ = self.encoder, self.spec.decoder.information_positions
        if model == "c":
            _ = self.compiled
        elif model != "golden":
            _ = self.soft
        if model == FLOAT:
            _ = self.parameters

    def blocks(self, link: Upstream, snr_db: float, seed: int, unit: int):
        """A unit: its codewords (users, n_variables), and what is received over each channel."""
        rng = np.random.default_rng([seed, point_number(snr_db), unit])
        return send(
            self.spec, self.encoder, 1, link.channels, link.channel, snr_db, rng, link.pilots
        )

    def count(
        self, model: str, link: Upstream, snr_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        rows, seconds, users = [], 0.0, self.spec.users
        for unit in range(first // users, (first + frames) // users):
            words, drawn = self.blocks(link, snr_db, seed, unit)
            given = self._given(model, drawn)
            began = time.process_time()
            hard, decoded = given()
            seconds += time.process_time() - began
            rows.append(self._counts(words, drawn, hard, decoded))
        counts = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
        return FrameCounts(counts, max(seconds, 1e-9))

    def _given(self, model: str, drawn: Blocks) -> Callable:
        """A function that returns hard decisions before the decoder, and what it makes of them."""
        spec = self.spec
        if model in (FLOAT, MMSE):
            return lambda: self._float(model, drawn)
        matrices = detector_golden.channel_matrices(
            spec.detector, drawn.channel, drawn.noise_power
        )
        y, _ = detector_golden.quantise_received(spec.detector, drawn.received.swapaxes(1, 2))
        if model == "c":
            detect, decode = self.compiled[0].detect, self.compiled[1].decode
        else:
            detect = partial(detector_golden.detect, spec.detector)
            decode = partial(golden.decode, spec.decoder)

        def run():
            llrs = detect(matrices, y).llrs.reshape(1, spec.vectors, spec.users, -1)
            codes = codes_of(spec, llrs)
            return codes < 0, decode(codes)

        return run

    def _float(self, model: str, drawn: Blocks):
        spec, points = self.spec, system_of(self.spec.detector).constellation
        received = drawn.received.swapaxes(1, 2)
        if model == FLOAT:
            recipe = reference.recipe(self.parameters)
            matrices = host.matrices(recipe, drawn.channel, drawn.noise_power)
            estimate = reference.detect(self.parameters, matrices, received)
            noise = self.parameters.llr_noise
        else:
            found, variance = linear.detect(
                "lmmse", drawn.channel, drawn.noise_power, drawn.received
            )
            estimate, noise = found.swapaxes(1, 2), np.sqrt(variance / 2)[:, None, :]
        llrs = soft.llrs(estimate, points, noise)
        whole = llrs.reshape(1, spec.vectors, spec.users, -1)
        values = np.ascontiguousarray(bits_in_order(whole), dtype=np.float32)
        return values < 0, self.soft.decode(values)

    def _counts(self, words, drawn, hard, decoded) -> dict[str, np.ndarray]:
        information = self.spec.decoder.information_positions
        errors = (decoded.bits != words)[:, information].sum(axis=1)
        return {
            "bit_errors": errors,
            "iterations": decoded.iterations,
            "undetected": (errors > 0) & decoded.decoded,
            "channel_bit_errors": (hard != words[:, self.encoder.graph.transmitted]).sum(axis=1),
        }

    def title(self, model: str) -> str:
        spec = self.spec
        decoder = f"{spec.decoder.code.name}, {spec.decoder.iterations} iterations"
        names = {"c": "integers", "golden": "integers, golden",
                 FLOAT: "float detector, float min-sum",
                 MMSE: "float MMSE, float min-sum"}  # fmt: skip
        return f"{spec.detector.antennas}x{spec.detector.users}, {names[model]}, {decoder}"

    def link_title(self, link: Upstream) -> str:
        known = "" if link.pilots == 0 else f", estimated from {link.pilots} pilots"
        return f"{link.channel} channel{known}, {link.channels} a block"
