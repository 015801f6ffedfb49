"""A batch of frames between two iterations: a decoder may be entered and left there."""

from dataclasses import dataclass

import numpy as np

from quant.golden.decoded import BatchResults, Decoded
from quant.golden.rows import Row, block_rows
from quant.spec import Spec


@dataclass
class State:
    """Everything that the next iteration needs, and the results of frames that have ended.

    Arrays hold running frames only, (variables, frames) so that a row's gather copies whole
    contiguous rows.

    rows : block rows in the order in which they are updated
    channel : (n_variables, running) int16, channel values in APP LSB; None where layers update
        them in place
    app : (n_variables, running) int16, APP values in APP LSB; with flooding the variables' sums
    messages : (block edges, Z, running) int16, stored messages; with relaxation in units of
        2^-frac_bits APP LSB
    verified, unsatisfied : (running,) bool and int32, of the last iteration as in :class:`Decoded`
    running : (running,) numbers of the frames in the batch
    iteration : iterations done
    results : of frames that have ended
    """

    rows: list[Row]
    channel: np.ndarray | None
    app: np.ndarray
    messages: np.ndarray
    verified: np.ndarray
    unsatisfied: np.ndarray
    running: np.ndarray
    iteration: int
    results: BatchResults

    @classmethod
    def of_values(cls, spec: Spec, values: np.ndarray) -> "State":
        """Before the first iteration, from channel values (frames, n_variables) in APP LSB."""
        rows, frames = block_rows(spec), len(values)
        app = np.ascontiguousarray(values.T.astype(np.int16))
        return cls(
            rows if spec.flooding else [rows[row] for row in spec.layer_order],
            app if spec.flooding else None,
            app,
            np.zeros((spec.n_block_edges, spec.code.lifting_size, frames), dtype=np.int16),
            np.zeros(frames, dtype=bool),
            np.zeros(frames, dtype=np.int32),
            np.arange(frames),
            0,
            BatchResults(frames, spec.n_variables),
        )

    def end(self, done: np.ndarray) -> None:
        """Note the results of the frames that are ``done`` (running,) bool and drop them."""
        self._put(self.results, np.flatnonzero(done))
        stay = np.flatnonzero(~done)
        if self.channel is not None:
            self.channel = self.channel[:, stay]
        self.app, self.messages = self.app[:, stay], self.messages[:, :, stay]
        self.verified, self.unsatisfied = self.verified[stay], self.unsatisfied[stay]
        self.running = self.running[stay]

    def decoded_frames(self) -> Decoded:
        """All results; of running frames those that ending now would give."""
        if not len(self.running):
            return self.results.decoded_frames()
        results = self.results.copy()
        self._put(results, np.arange(len(self.running)))
        return results.decoded_frames()

    def _put(self, results: BatchResults, done: np.ndarray) -> None:
        results.put(
            self.running[done],
            self.app[:, done],
            self.verified[done],
            self.iteration,
            self.unsatisfied[done],
        )
