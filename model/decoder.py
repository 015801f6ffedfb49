"""The unfolded float decoder: every message-passing decoder on a Tanner graph as one module.

Check rule, schedule and sharing are independent choices (model.check_rules, model.schedules,
model.sharing). The module keeps a-posteriori LLRs as (n_variables, batch): the rows of a layer are
gathered whole, and every operation runs along the contiguous batch.

LLRs are ln P(0)/P(1) as in model.channel.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from model import check_rules, schedules
from model.check_rules import KNOWN_LLR, RULES
from model.code import TannerGraph
from model.errors import InputError
from model.parameters import Parameters
from model.sharing import channel_slots, edge_slots

FREEZABLE = ("alpha", "beta", "gamma")


class _Group(nn.Module):
    """Index tables of one group of checks, as buffers so that they follow the module's device."""

    def __init__(self, graph: TannerGraph, edges: np.ndarray, slot_of_edge: np.ndarray) -> None:
        super().__init__()
        self.shape = edges.shape
        variables = graph.variable_of_edge[edges].astype(np.int64)
        slots = slot_of_edge[edges]
        # One slot for a whole row (block edge, layer, one) broadcasts instead of being gathered.
        if (slots == slots[:, :1]).all():
            slots = slots[:, :1]
        if (slots == slots[:1]).all():
            slots = slots[:1]
        self.register_buffer("variables", torch.from_numpy(variables.ravel()), persistent=False)
        self.register_buffer("slots", torch.from_numpy(slots.copy()), persistent=False)


class UnfoldedDecoder(nn.Module):
    """Iterative decoder with one set of trainable numbers for each iteration.

    Args:
        graph: The code.
        iterations: Number of unfolded iterations.
        rule: One of ``RULES``. "normalised-offset" has alpha and beta, "weighted-sum-product"
            alpha alone.
        schedule: "layered" (block row, or single check without blocks) or "flooding".
        sharing: Which edges share alpha and beta: "edge", "block_edge", "degree", "layer", "one".
        tied: True: the same parameters in every iteration (a recurrent network).
        alpha, beta: Initial factor and offset in LLR.
        relaxation: Initial gamma in (0, 1): new message = gamma * old + (1 - gamma) * update;
            trained through its logit. None: no relaxation.
        channel_weights: None, or which variables share a trained factor of their channel LLR:
            "variable", "column", "degree", "one".
        layers: Explicit layers for the layered schedule, lists of check numbers.
        frozen: Which of ``FREEZABLE`` keep their initial value: with alpha frozen at 1 the rule
            is offset min-sum, with beta at 0 normalised min-sum.

    Attributes:
        alpha, beta: (iterations or 1, slots) parameters, as far as the rule has them.
        relaxation_logit: () parameter or None.
        channel_weight: (slots,) parameter or None.
    """

    def __init__(
        self,
        graph: TannerGraph,
        iterations: int = 10,
        rule: str = "normalised-offset",
        schedule: str = "layered",
        sharing: str = "one",
        tied: bool = False,
        alpha: float = 1.0,
        beta: float = 0.0,
        relaxation: float | None = None,
        channel_weights: str | None = None,
        layers: Sequence[Sequence[int]] | None = None,
        frozen: Sequence[str] = (),
    ) -> None:
        super().__init__()
        if rule not in RULES:
            raise InputError(f"check rule {rule!r} is unknown; choose from {', '.join(RULES)}")
        if iterations < 1:
            raise InputError(f"iterations must be at least 1, not {iterations}")
        for name, value in (("alpha", alpha), ("beta", beta)):
            if not 0 <= value < math.inf:
                raise InputError(f"{name} must be a number of at least 0, not {value}")
        if relaxation is not None and not 0 < relaxation < 1:
            raise InputError(f"relaxation gamma must lie between 0 and 1, not {relaxation}")
        for name in frozen:
            if name not in FREEZABLE:
                raise InputError(f"{name!r} cannot be frozen; choose from {', '.join(FREEZABLE)}")
        self.graph, self.iterations, self.rule = graph, iterations, rule
        self.schedule, self.sharing, self.tied = schedule, sharing, tied
        self.channel_sharing = channel_weights
        self.frozen = tuple(name for name in FREEZABLE if name in frozen)
        self.explicit_layers = None if layers is None else [[int(c) for c in row] for row in layers]

        plan = schedules.build(graph, schedule, layers)
        layered = plan if len(plan) > 1 else schedules.build(graph, "layered")
        layer_of_edge = schedules.layer_of_edge(layered, graph.n_edges)
        slot_of_edge = edge_slots(graph, sharing, layer_of_edge)
        self._slot_of_edge = slot_of_edge
        self.layers = nn.ModuleList(
            nn.ModuleList(_Group(graph, group.edges, slot_of_edge) for group in layer.groups)
            for layer in plan
        )
        self._disjoint = [layer.disjoint for layer in plan]

        shape = (1 if tied else iterations, int(slot_of_edge.max()) + 1)
        for name, start in (("alpha", alpha), ("beta", beta)):
            if name in RULES[rule]:
                start = torch.full(shape, float(start))
                setattr(self, name, nn.Parameter(start, requires_grad=name not in frozen))
        self._fixed_gamma = relaxation if "gamma" in frozen else None
        self.relaxation_logit = None
        if relaxation is not None:
            logit = torch.logit(torch.tensor(float(relaxation)))
            self.relaxation_logit = nn.Parameter(logit, requires_grad="gamma" not in frozen)
        self.channel_weight = None
        if channel_weights is not None:
            slots = channel_slots(graph, channel_weights)
            self.channel_weight = nn.Parameter(torch.ones(int(slots.max()) + 1))
            self.register_buffer("_channel_slots", torch.from_numpy(slots), persistent=False)

        base = torch.zeros(graph.n_variables)
        base[torch.from_numpy(np.flatnonzero(graph.shortened))] = KNOWN_LLR
        transmitted = torch.from_numpy(np.array(graph.transmitted, dtype=np.int64))
        self.register_buffer("base_llr", base, persistent=False)
        self.register_buffer("_transmitted", transmitted, persistent=False)

    # -- what the iterations are made of ---------------------------------------------------------

    def channel_values(self, llr: Tensor) -> Tensor:
        """Return (n_variables, batch) starting LLRs from the transmitted ones, (batch, n).

        Punctured variables start at 0, shortened ones at ``KNOWN_LLR``.
        """
        n = len(self._transmitted)
        if llr.ndim != 2 or llr.shape[1] != n:
            raise InputError(f"LLRs have shape {tuple(llr.shape)}, expected (batch, {n})")
        rows = llr.t().contiguous()
        if n != len(self.base_llr):
            start = self.base_llr[:, None].to(rows.dtype).expand(-1, rows.shape[1])
            rows = start.index_copy(0, self._transmitted, rows)
        if self.channel_weight is not None:
            rows = rows * self.channel_weight[self._channel_slots][:, None]
        return rows

    def no_messages(self) -> list[list[Tensor | None]]:
        """Return the message state before the first iteration."""
        return [[None for _ in layer] for layer in self.layers]

    def iterate(
        self,
        iteration: int,
        channel: Tensor,
        app: Tensor,
        messages: list[list[Tensor | None]],
        factor: Tensor | None = None,
    ) -> Tensor:
        """Run one iteration and return the new a-posteriori LLRs.

        Args:
            iteration: Its number from 0; chooses the parameters.
            channel: (n_variables, batch) starting LLRs.
            app: (n_variables, batch) a-posteriori LLRs.
            messages: For each layer and group (degree, checks, batch) messages to the variables,
                or None before the first iteration; replaced in place.
            factor: (batch,) factors of all new messages of a frame, or None: 1.
        """
        for number, layer in enumerate(self.layers):
            old = messages[number]
            incoming = [_incoming(app, group, r) for group, r in zip(layer, old, strict=True)]
            new = [
                self._outgoing(iteration, group, v, r, factor)
                for group, v, r in zip(layer, incoming, old, strict=True)
            ]
            messages[number] = new
            if len(self.layers) == 1:
                app = channel
                for group, r in zip(layer, new, strict=True):
                    app = app.index_add(0, group.variables, r.flatten(0, 1))
            elif self._disjoint[number]:
                for group, v, r in zip(layer, incoming, new, strict=True):
                    app = app.index_copy(0, group.variables, (v + r).flatten(0, 1))
            else:
                for group, r, r_old in zip(layer, new, old, strict=True):
                    change = r if r_old is None else r - r_old
                    app = app.index_add(0, group.variables, change.flatten(0, 1))
        return app

    def forward(self, llr: Tensor, factors: Tensor | None = None) -> Tensor:
        """Return (iterations, batch, n_variables) a-posteriori LLRs after every iteration.

        Args:
            llr: (batch, n) LLRs of the transmitted bits, in the module's dtype.
            factors: (iterations, batch) factors of the new messages of each frame, or None: 1.
        """
        channel = self.channel_values(llr)
        app, messages, outputs = channel, self.no_messages(), []
        for iteration in range(self.iterations):
            factor = None if factors is None else factors[iteration]
            app = self.iterate(iteration, channel, app, messages, factor)
            outputs.append(app.t())
        return torch.stack(outputs)

    def _outgoing(
        self, iteration: int, group: _Group, v: Tensor, old: Tensor | None, factor: Tensor | None
    ) -> Tensor:
        if self.rule == "sum-product":
            message = check_rules.sum_product(v)
        elif self.rule == "min-sum":
            message = check_rules.min_sum(v)
        else:
            row = 0 if self.tied else iteration
            alpha = self.alpha[row][group.slots][..., None]
            if self.rule == "weighted-sum-product":
                message = alpha * check_rules.sum_product(v)
            else:
                beta = self.beta[row][group.slots][..., None]
                message = check_rules.normalised_offset(v, alpha, beta)
        if factor is not None:
            message = factor * message
        if self.relaxation_logit is None:
            return message
        gamma = self.gamma()
        message = (1 - gamma) * message
        return message if old is None else message + gamma * old

    # -- parameters ------------------------------------------------------------------------------

    def gamma(self) -> Tensor | float | None:
        """Return the weight of the old message, in (0, 1): () tensor, or exact if it is frozen."""
        if self.relaxation_logit is None or self._fixed_gamma is not None:
            return self._fixed_gamma
        return torch.sigmoid(self.relaxation_logit)

    @torch.no_grad()
    def project(self) -> None:
        """Move alpha and beta to the nearest allowed value (>= 0); call it after every step."""
        for name in RULES[self.rule]:
            getattr(self, name).clamp_(min=0)

    def trained(self) -> list[nn.Parameter]:
        """Return the parameters that training moves."""
        return [p for p in self.parameters() if p.requires_grad]

    def options(self) -> dict:
        """Return the choices that shape the decoder, as JSON values."""
        return {
            "rule": self.rule,
            "schedule": self.schedule,
            "sharing": self.sharing,
            "tied": self.tied,
            "iterations": self.iterations,
            "relaxed": self.relaxation_logit is not None,
            "channel_weights": self.channel_sharing,
            "layers": self.explicit_layers,
            "frozen": list(self.frozen),
        }

    def export(self, made: dict | None = None) -> Parameters:
        """Return the numbers as ``Parameters``; ``made`` says how they came about."""
        graph = self.graph
        by_edge = not graph.in_layers or self.sharing == "edge"
        slot = self._slot_of_edge
        if not by_edge:
            first = np.unique(graph.block_edge_of_edge, return_index=True)[1]
            slot = slot[first]
        arrays = []
        for name, plain in (("alpha", 1.0), ("beta", 0.0)):
            value = torch.full((1, int(slot.max()) + 1), plain)
            value = getattr(self, name, value).detach().cpu().double().numpy()
            arrays.append(np.repeat(value[:, slot], self.iterations // len(value), axis=0))
        gamma, weight = None, None
        if self.relaxation_logit is not None:
            gamma = self._fixed_gamma or float(torch.sigmoid(self.relaxation_logit.detach()))
        if self.channel_weight is not None:
            weight = self.channel_weight[self._channel_slots].detach().cpu().double().numpy()
        metadata = {**self.options(), "made": made or {}}
        layout = "edge" if by_edge else "block_edge"
        return Parameters(graph, arrays[0], arrays[1], layout, gamma, weight, metadata)

    @classmethod
    def from_parameters(cls, parameters: Parameters) -> "UnfoldedDecoder":
        """Return a decoder with the numbers of ``parameters``, one for each of their columns."""
        metadata = parameters.metadata
        weight = parameters.channel_weight
        decoder = cls(
            parameters.graph,
            parameters.iterations,
            rule=metadata.get("rule", "normalised-offset"),
            schedule=metadata.get("schedule", "layered"),
            sharing=parameters.layout,
            relaxation=parameters.gamma,
            channel_weights=None if weight is None else "variable",
            layers=metadata.get("layers"),
            frozen=metadata.get("frozen", ()),
        )
        with torch.no_grad():
            for name in RULES[decoder.rule]:
                getattr(decoder, name).copy_(torch.from_numpy(getattr(parameters, name)))
            if weight is not None:
                decoder.channel_weight.copy_(torch.from_numpy(weight))
        return decoder


def _incoming(app: Tensor, group: _Group, old: Tensor | None) -> Tensor:
    v = app.index_select(0, group.variables).unflatten(0, group.shape)
    return v if old is None else v - old
