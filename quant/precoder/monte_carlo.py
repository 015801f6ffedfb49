"""Bit error rates of precoders: coherence blocks as the C model draws them.

Where channel and receiver are those that the C model simulates itself (``rayleigh``, ``genie``), it
counts alone; otherwise it or golden precodes and :mod:`quant.precoder.reception` decides.
"""

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.mimo import channels
from model.options import Options, option
from model.precoder.receiver import RECEIVERS
from model.precoder.system import Blocks
from quant.monte_carlo import SNR, FrameCounts, Kind, MonteCarlo, point_number
from quant.precoder import golden, reception
from quant.precoder.cmodel import Downlink, PrecoderModel
from quant.precoder.golden import Precoded

_RATE_BLOCKS = 64


@dataclass(frozen=True)
class Downstream(Options):
    """What symbol vectors are sent through."""

    channel: str = option("rayleigh", "kind of channel", choices=tuple(channels.CHANNELS))
    receiver: str = option("genie", "how a user scales what it receives", choices=RECEIVERS)
    vectors: int = option(20, "symbol vectors of a coherence block", low=1, high=1000)

    @property
    def compiled(self) -> bool:
        """Whether the C model simulates it all."""
        return (self.channel, self.receiver) == ("rayleigh", "genie")


class PrecoderMonteCarlo(MonteCarlo):
    """A frame is a coherence block: one channel, and the symbol vectors that are sent over it.

    ``saturated`` vectors are those whose H v left its range in some round, ``channel_saturated``
    parts of channel entries those beyond the range of their word.
    """

    axis = SNR
    models = ("c", "golden")
    link = Downstream
    unit_frames = 64
    frame = "block"
    kinds = (Kind("saturated"), Kind("channel_saturated"))
    frames_decide = False

    @cached_property
    def compiled(self) -> PrecoderModel:
        """The compiled model, loaded once."""
        return PrecoderModel(self.spec)

    def frame_bits(self, link: Downstream) -> int:
        spec = self.spec
        return link.vectors * spec.users * spec.system.constellation.bits_per_symbol

    def most(self, link: Downstream) -> dict[str, int]:
        parts = 2 * self.spec.users * self.spec.antennas
        return super().most(link) | {"saturated": link.vectors, "channel_saturated": parts}

    def prepare(self, model: str) -> None:
        _ = self.compiled

    def blocks(
        self, link: Downstream, snr_db: float, seed: int, first: int, number: int
    ) -> Blocks:
        """Channels, symbols and unit noise of the blocks ``first``, ``first + 1``, ..."""
        point = point_number(snr_db)
        drawn = self.compiled.vectors(
            Downlink(snr_db, link.vectors), seed, point, first, number
        )
        if link.channel == "rayleigh":
            return drawn
        make, spec = channels.get(link.channel), self.spec
        matrix = [
            make(1, spec.users, spec.antennas, np.random.default_rng([seed, point, block]))
            for block in range(first, first + number)
        ]
        return Blocks(np.concatenate(matrix), drawn.bits, drawn.symbols, drawn.noise)

    def count(
        self, model: str, link: Downstream, snr_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        if model == "c" and link.compiled:
            found = self.compiled.simulate(
                Downlink(snr_db, link.vectors), seed, point_number(snr_db), first, frames
            )
            counts = {
                "bit_errors": found.bit_errors.sum(axis=1),
                "saturated": found.saturated,
                "channel_saturated": found.channel_saturated,
            }
            return FrameCounts(counts)
        rows, seconds = [], 0.0
        for start in range(first, first + frames, self.unit_frames):
            drawn = self.blocks(link, snr_db, seed, start, self.unit_frames)
            odd = reception.odd_integers(self.spec, drawn.symbols)
            for block in range(self.unit_frames):
                began = time.process_time()
                precoded, clipped = self.precode(model, drawn.channel[block], odd[block])
                seconds += time.process_time() - began
                wrong = reception.errors(
                    self.spec, link.receiver, snr_db, drawn.channel[block], odd[block],
                    drawn.noise[block], precoded.bits,
                )  # fmt: skip
                rows.append((wrong.sum(), precoded.saturated, clipped))
        names = ("bit_errors", "saturated", "channel_saturated")
        return FrameCounts(dict(zip(names, np.array(rows).T, strict=True)), max(seconds, 1e-9))

    def precode(self, model: str, channel: np.ndarray, odd: np.ndarray) -> tuple[Precoded, int]:
        """Bits for one channel (users, antennas), and how many of its parts saturated."""
        if model == "c":
            h, clipped = self.compiled.quantise_channel(channel)
            return self.compiled.precode(h, odd), clipped
        h, clipped = golden.quantise_channel(self.spec, channel)
        return golden.precode(self.spec, h, odd), clipped

    def rate(self, model: str, link: Downstream, snr_db: float, seed: int) -> float:
        drawn = self.blocks(link, snr_db, seed, 0, _RATE_BLOCKS)
        odd = reception.odd_integers(self.spec, drawn.symbols)
        h, _ = self.compiled.quantise_channel(drawn.channel)
        seconds = []
        for _ in range(2):
            started = time.process_time()
            self.compiled.precode(h, odd)
            seconds.append(time.process_time() - started)
        return _RATE_BLOCKS / max(min(seconds), 1e-9)

    def link_title(self, link: Downstream) -> str:
        return f"{link.channel} channel, receiver {link.receiver}, {link.vectors} vectors a block"

    def title(self, model: str) -> str:
        return f"{self.spec.describe()}, {'C model' if model == 'c' else model}"
