"""Decoding that may be left after any iteration and entered again, each frame with own weights.

Where frames only go in and bits come out, model.inference is faster.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.decoder import UnfoldedDecoder
from model.inference import unsatisfied


@dataclass(eq=False)
class State:
    """Where a batch of frames stands.

    Attributes:
        channel: (n_variables, batch) starting LLRs.
        app: (n_variables, batch) a-posteriori LLRs; of a verified frame those that verified it.
        messages: As ``UnfoldedDecoder.iterate`` keeps them; those of verified frames go on.
        odd: (batch,) int64 unsatisfied checks of ``app``; 0: verified.
        used: (batch,) int64 iterations until then.
    """

    channel: Tensor
    app: Tensor
    messages: list[list[Tensor | None]]
    odd: Tensor
    used: Tensor

    def take(self, frames: Tensor) -> "State":
        """Return the state of some of the frames, by their places in the batch."""
        return State(
            self.channel[:, frames],
            self.app[:, frames],
            [[None if r is None else r[:, :, frames] for r in layer] for layer in self.messages],
            self.odd[frames],
            self.used[frames],
        )

    def put(self, frames: Tensor, other: "State") -> None:
        """Replace some of the frames, by their places in the batch; both have iterated alike."""
        self.app[:, frames] = other.app
        for mine, theirs in zip(self.messages, other.messages, strict=True):
            for r, s in zip(mine, theirs, strict=True):
                r[:, :, frames] = s
        self.odd[frames], self.used[frames] = other.odd, other.used


def start(decoder: UnfoldedDecoder, llr: Tensor) -> State:
    """Return the state of (batch, n) LLRs before the first iteration."""
    channel = decoder.channel_values(llr.to(decoder.base_llr))
    odd = torch.full((len(llr),), decoder.graph.n_checks)
    return State(channel, channel.clone(), decoder.no_messages(), odd, torch.zeros_like(odd))


@torch.no_grad()
def advance(
    decoder: UnfoldedDecoder, state: State, first: int, last: int, factors: Tensor | None = None
) -> State:
    """Run the iterations from ``first`` up to but not ``last``; return the state, changed in place.

    Args:
        factors: (iterations, batch) factors of the messages, see ``UnfoldedDecoder.forward``.
    """
    app = state.app
    for iteration in range(first, last):
        open_ = state.odd != 0
        if not bool(open_.any()):
            break
        factor = None if factors is None else factors[iteration]
        app = decoder.iterate(iteration, state.channel, app, state.messages, factor)
        odd = unsatisfied(decoder, app < 0)
        state.app = torch.where(open_, app, state.app)
        state.odd = torch.where(open_, odd, state.odd)
        state.used = torch.where(open_, iteration + 1, state.used)
    return state
