"""The decoder of a spec as a module: bit for bit golden forwards, trainable numbers inside."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from model.errors import InputError
from quant import golden
from quant.golden.channel import initial_app
from quant.golden.rows import block_rows
from quant.qat.check_row import check_row
from quant.qat.rounding import floored, rounded
from quant.search.candidates import Tables
from quant.spec import Maps, Spec

LSB_SCALE = 0.02  # of log lsb per unit of its parameter: as sensitive as a level of one APP LSB


class TrainableDecoder(nn.Module):
    """Levels, thresholds and the channel's step of ``spec``, everything else as the spec says.

    Every iteration is computed, early stop or not: a frame that has stopped is not what training
    can win. Values are whole numbers in float32, exact up to 2^24.

    Args:
        spec: A layered or flooding decoder, relaxed or not.
        level_limit: Largest level; default the APP range.
        top_floor: How far the top level of a run may sink below its start, in APP LSB.

    Attributes:
        levels: (entries, width) parameter, of which the spec gets the rounded numbers; even ones
            where every APP value of ``spec`` is odd.
        thresholds: (thresholds,) parameter, likewise.
        log_lsb: () parameter p: the channel's step is exp(0.02 p) times that of ``spec``.
    """

    def __init__(self, spec: Spec, level_limit: int | None = None, top_floor: float = 2.0) -> None:
        super().__init__()
        if top_floor < 0:
            raise InputError(f"top floor must not be negative: {top_floor}")
        self.start, self.limit = spec, spec.app_max if level_limit is None else level_limit
        codebook = torch.tensor(spec.maps.codebook, dtype=torch.float32)
        self.levels = nn.Parameter(codebook.clone())
        self.thresholds = nn.Parameter(torch.tensor(spec.thresholds, dtype=torch.float32))
        self.log_lsb = nn.Parameter(torch.zeros(()))
        cells = len(spec.thresholds) + 1
        self.least = torch.zeros_like(codebook)
        self.least[:, cells - 1 :: cells] = (codebook[:, cells - 1 :: cells] - top_floor).clamp(0)
        rows = block_rows(spec)
        order = range(len(rows)) if spec.flooding else spec.layer_order
        self.rows = [
            (torch.from_numpy(rows[r].variables), torch.from_numpy(rows[r].edges)) for r in order
        ]
        self.index = torch.tensor(spec.maps.index)
        self.level_step = Tables.of(spec).level_step
        self.limit -= self.limit % self.level_step

    def spec(self, **changes) -> Spec:
        """The spec that :meth:`forward` computes with the numbers as they are."""
        levels = self._whole_levels().detach().long()
        thresholds = rounded(self.thresholds.detach()).long()
        return replace(
            self.start,
            channel=replace(self.start.channel, lsb_llr=self._lsb_llr()),
            thresholds=tuple(thresholds.tolist()),
            maps=Maps(tuple(map(tuple, levels.tolist())), self.start.maps.index),
            **changes,
        )

    def project(self) -> None:
        """Move the numbers to where a spec holds them: interleaving, in range, top levels high."""
        with torch.no_grad():
            runs = self.levels.clamp(min=self.least).reshape(
                len(self.levels), -1, len(self.thresholds) + 1
            )
            self.levels.copy_(
                runs.cummax(dim=-1).values.reshape(self.levels.shape).clamp(max=self.limit)
            )
            low, count = 1.0, len(self.thresholds)
            for i in range(count):
                high = self.start.app_max - (count - 1 - i)
                self.thresholds[i].clamp_(low, high)
                low = self.thresholds[i].item() + 1

    def forward(self, llr: np.ndarray) -> Tensor:
        """LLRs (frames, n) to APP values (iterations, frames, n_variables) after each iteration."""
        levels, thresholds = self._whole_levels(), rounded(self.thresholds)
        channel = self._channel(llr)
        iterate = self._flooding if self.start.flooding else self._layered
        z, frames = self.start.code.lifting_size, channel.shape[1]
        state = [channel.new_zeros(len(edges), z, frames) for _, edges in self.rows]
        app, after = channel, []
        for t in range(self.start.iterations):
            app = iterate(app, channel, state, levels, thresholds, self.index[t])
            after.append(app.T)
        return torch.stack(after)

    def _whole_levels(self) -> Tensor:
        """Nearest whole levels; even ones where those of the start are, on its odd grid."""
        return self.level_step * rounded(self.levels / self.level_step)

    def _layered(self, app, channel, state, levels, thresholds, maps) -> Tensor:
        for i, (variables, edges) in enumerate(self.rows):
            v2c = app[variables] - self._used(state[i])
            new = check_row(v2c, levels, thresholds, maps[edges])
            state[i] = self._updated(state[i], new)
            value = v2c + self._used(state[i])
            value = value.clamp(-self.start.app_max, self.start.app_max)
            app = app.index_copy(0, variables.flatten(), value.flatten(0, 1))
        return app

    def _flooding(self, app, channel, state, levels, thresholds, maps) -> Tensor:
        sums = channel
        for i, (variables, edges) in enumerate(self.rows):
            v2c = app[variables] - self._used(state[i])
            new = check_row(v2c, levels, thresholds, maps[edges])
            state[i] = self._updated(state[i], new)
            sums = sums.index_add(0, variables.flatten(), self._used(state[i]).flatten(0, 1))
        return sums

    def _used(self, state: Tensor) -> Tensor:
        relaxation = self.start.relaxation
        if relaxation is None:
            return state
        half = 1 << relaxation.frac_bits >> 1
        return floored((state + half) / (1 << relaxation.frac_bits))

    def _updated(self, state: Tensor, new: Tensor) -> Tensor:
        relaxation = self.start.relaxation
        if relaxation is None:
            return new
        step = new * (1 << relaxation.frac_bits) - state
        return state + floored(step / (1 << relaxation.shift))

    def _lsb_llr(self) -> float:
        scale = float(torch.exp(LSB_SCALE * self.log_lsb.detach()))
        return round(self.start.channel.lsb_llr * scale, 5)

    def _channel(self, llr: np.ndarray) -> Tensor:
        """APP values (n_variables, frames) to start from; a smaller step makes them larger."""
        spec = self.spec()
        value = torch.from_numpy(initial_app(spec, golden.quantise_llr(spec, llr)).T.copy()).float()
        largest = value.abs().max()
        grows = torch.where(value.abs() < largest, value, 0.0)  # clipped ones do not
        return value - grows * LSB_SCALE * (self.log_lsb - self.log_lsb.detach())
