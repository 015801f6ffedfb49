"""Stimulus for uplinks: codewords of all users through changing channels, checked by golden."""

from dataclasses import replace

import numpy as np

from hw.frame.options import CODEWORD
from model.encode import Encoder
from model.errors import InputError
from quant.mimo_detector import golden as detector_golden
from quant.mimo_detector.golden import Matrices
from quant.uplink import golden
from quant.uplink.sending import send
from quant.uplink.spec import UplinkSpec
from sim.mimo_detector import packing
from sim.stimulus.frames import Stimulus, pack_bits, user_fields

_BLOCKS_PER_CHANNEL = 3
_WATCHED = 4
_SNR_DB = (6.0, 8.0, 12.0)
"""Of the channels in turn: some codewords fail, some take iterations, some are right at once."""


def make(
    spec: UplinkSpec, build: dict, frames: int, ebn0_db: float | None, seed: int
) -> Stimulus:
    """Return ``frames`` blocks of encoded data, a channel for every 3 of them (at least 2), and
    what comes of them.

    Channels are i.i.d. Rayleigh; one saturates everywhere, one holds any codes the stream can
    carry, and one comes ten times too strong. One vector of a block is made of any codes. Any block
    may meet its own channel or the one before, the last two of a channel also the next; all of it
    the same one.
    """
    packing.check_record(build, ("vectors_per_block", "bits_per_beat", "options"))
    fields = user_fields(build, ["channel", "saturated", "dropped"])
    if ebn0_db is not None:
        raise InputError(f"--ebn0 is {ebn0_db:g}, but an uplink's noise belongs to its channels")
    rng = np.random.default_rng(seed)
    starts, ends = packing.spread(frames, _BLOCKS_PER_CHANNEL)
    encoder, detector = Encoder(spec.decoder.graph()), spec.detector
    channels, received = [], []
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        h, noise_power, y = _received(spec, encoder, number, last - first, rng)
        channels.append(packing.channel(detector, build, number, h, noise_power, rng))
        received.append(y)
    y = np.concatenate(received)
    limit = 1 << (8 * build["part_bytes"] - 1)
    y[:, 5 % spec.vectors] = rng.integers(-limit, limit, y[:, 0].shape)
    values, beyond = detector_golden.values_of_codes(detector.y, y)
    y_saturated = beyond.any(axis=(1, 2, 3))
    outputs, status, tables = [], [], []
    counted = {"decoded": 0, "not_decoded": 0}
    for number, channel in enumerate(channels):
        # Of the blocks before the channel one may wait, and one may be on its way in.
        first, last = max(0, starts[number] - 2), [*starts, frames, frames][number + 2]
        matrices = packing.matrices_of(detector, channel.codes)
        tables.append(packing.saturated_tables(detector, matrices))
        of_block = _one_more(matrices)
        outputs.append({})
        status.append({})
        for place in range(first, last):
            found = golden.receive(spec, of_block, values[place][None])
            outputs[-1][place] = _answer(spec, build, found.decoded)
            flags = int(y_saturated[place]) + 2 * int(found.detected.r_saturated.any())
            status[-1][place] = flags << fields["saturated"][0]
            own = starts[number] <= place < ends[number]
            counted["decoded"] += own * int(found.decoded.decoded.sum())
            counted["not_decoded"] += own * int((~found.decoded.decoded).sum())
    return packing.over_channels(
        detector, build, fields, [_beats(build, block, rng) for block in y], starts, channels,
        tables, outputs, status,
        {
            "channels": len(starts),
            **counted,
            "blocks_with_saturated_y": int(y_saturated.sum()),
        },
        watched=_WATCHED,
    )  # fmt: skip


def _beats(build: dict, block: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Of a block: its vectors', each in whole beats."""
    return np.concatenate([packing.pack_received(build, vector, rng) for vector in block])


def _one_more(matrices: Matrices) -> Matrices:
    """The same as of one block."""
    w0 = None if matrices.w0 is None else matrices.w0[None]
    return replace(matrices, h=matrices.h[None], w=matrices.w[None], w0=w0)


def _received(
    spec: UplinkSpec, encoder: Encoder, number: int, blocks: int, rng: np.random.Generator
) -> tuple[np.ndarray, float, np.ndarray]:
    """A channel (N, U), N0, and (blocks, V, N, 2) codes of y."""
    detector = spec.detector
    _, drawn = send(spec, encoder, blocks, 1, "iid", _SNR_DB[number % len(_SNR_DB)], rng)
    louder = 10.0 if number == packing.LOUD else 1.0
    received, _ = detector_golden.quantise_received(
        detector, louder * drawn.received[0].swapaxes(0, 1)
    )
    y = detector_golden.codes_of_values(detector.y, received)
    noise_power = float(np.ravel(drawn.noise_power)[0])
    return louder * drawn.channel[0], noise_power, y.reshape(blocks, spec.vectors, -1, 2)


def _answer(spec: UplinkSpec, build: dict, decoded) -> np.ndarray:
    """Beats of a block's answer."""
    width, positions = build["bits_per_beat"], spec.decoder.information_positions
    whole = build["options"]["output"] == CODEWORD
    beats = []
    for bits, verified, iterations in zip(
        decoded.bits, decoded.decoded, decoded.iterations, strict=True
    ):
        beats.append(pack_bits(bits if whole else bits[positions], width))
        became = np.zeros((1, width // 8), dtype=np.uint8)
        became[0, 0] = int(verified) | int(iterations) << 1
        beats.append(became)
    return np.concatenate(beats)
