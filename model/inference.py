"""Fast decoding without gradients: hard decisions, early stop, many frames."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import Module

from model.decoder import UnfoldedDecoder
from model.errors import InputError

MESSAGES_IN_CACHE = 1 << 18


@dataclass(frozen=True, eq=False)
class Decoded:
    """Result of decoding a batch of frames.

    Attributes:
        bits: (batch, n_variables) uint8 hard decisions, LLR < 0 is 1.
        decoded: (batch,) bool, every parity check holds.
        iterations: (batch,) int32 iterations used.
    """

    bits: Tensor
    decoded: Tensor
    iterations: Tensor


@torch.no_grad()
def decode(
    decoder: UnfoldedDecoder,
    llr: Tensor,
    early_stop: bool = True,
    chunk: int | None = None,
    iterations: int | None = None,
) -> Decoded:
    """Decode frames to hard bits.

    Args:
        decoder: Any unfolded decoder.
        llr: (batch, n) LLRs of the transmitted bits; moved to the decoder's device and dtype.
        early_stop: A frame ends after the first iteration whose hard decisions satisfy every
            check. Otherwise every frame runs all iterations.
        chunk: Frames decoded together; default: 128 to 512, fewer the more edges, so that the
            messages stay in cache.
        iterations: Run at most the first so many of the decoder's iterations.
    """
    most = decoder.iterations if iterations is None else min(iterations, decoder.iterations)
    llr = llr.to(decoder.base_llr)
    if chunk is None:
        chunk = min(512, max(128, MESSAGES_IN_CACHE // decoder.graph.n_edges))
    parts = [_decode_chunk(decoder, part, early_stop, most) for part in llr.split(chunk)]
    return Decoded(*(torch.cat(field) for field in zip(*parts, strict=True)))


def _decode_chunk(
    decoder: UnfoldedDecoder, llr: Tensor, early_stop: bool, most: int
) -> tuple[Tensor, ...]:
    frames = len(llr)
    bits = torch.empty(frames, decoder.graph.n_variables, dtype=torch.uint8, device=llr.device)
    decoded = torch.zeros(frames, dtype=torch.bool, device=llr.device)
    used = torch.full((frames,), most, dtype=torch.int32, device=llr.device)
    channel = decoder.channel_values(llr)
    app, messages = channel, decoder.no_messages()
    # Columns still held, and which of them are still undecided.
    frame = torch.arange(frames, device=llr.device)
    open_ = torch.ones(frames, dtype=torch.bool, device=llr.device)
    for iteration in range(most):
        app = decoder.iterate(iteration, channel, app, messages)
        last = iteration + 1 == most
        if not (early_stop or last):
            continue
        hard = app < 0
        satisfied = unsatisfied(decoder, hard) == 0
        ends = open_ if last else open_ & satisfied
        bits[frame[ends]] = hard[:, ends].t().to(torch.uint8)
        decoded[frame[ends]] = satisfied[ends]
        used[frame[ends]] = iteration + 1
        open_ = open_ & ~ends
        remaining = int(open_.sum())
        if remaining == 0:
            break
        # Dropping finished frames copies all messages, so wait until it saves a fifth.
        if remaining <= 0.8 * len(frame):
            keep = torch.nonzero(open_)[:, 0]
            frame, open_ = frame[keep], open_[keep]
            app, channel = app.index_select(1, keep), channel.index_select(1, keep)
            messages = [[r.index_select(2, keep) for r in layer] for layer in messages]
    return bits, decoded, used


def unsatisfied(decoder: UnfoldedDecoder, hard: Tensor) -> Tensor:
    """Return (batch,) int64, how many checks hard decisions (n_variables, batch) bool leave odd."""
    odd = torch.zeros(hard.shape[1], dtype=torch.int64, device=hard.device)
    for _, parity in parities(decoder, hard):
        odd += parity.sum(dim=0)
    return odd


def parities(decoder: UnfoldedDecoder, hard: Tensor) -> Iterator[tuple[Module, Tensor]]:
    """Each group of checks, and (checks, batch) bool: which of them ``hard`` leaves odd."""
    for layer in decoder.layers:
        for group in layer:
            rows = hard.index_select(0, group.variables).unflatten(0, group.shape)
            parity = rows[0]
            for row in rows[1:]:
                parity = parity ^ row
            yield group, parity


def torch_device(name: str) -> torch.device:
    """Return the torch device, or say in one line that there is none of that name."""
    try:
        found = torch.device(name)
        torch.zeros(1, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"device {name!r}: {str(error).splitlines()[0]}") from error
    return found
