"""A batch of frames between two iterations: a decoder may be entered and left there."""

from dataclasses import dataclass

import numpy as np

from quant.golden.decoded import BatchResults, Decoded
from quant.golden.rows import Row, block_rows
from quant.retries import values_of_try
from quant.spec import Spec


@dataclass
class State:
    """Everything that the next iteration needs, and the results of frames that have ended.

    Arrays hold running frames only, (variables, frames) so that a row's gather copies whole
    contiguous rows.

    rows : block rows in the order in which they are updated
    channel : (n_variables, running) int16, channel values in APP LSB; None where layers update
        them in place, and no other try needs them
    app : (n_variables, running) int16, APP values in APP LSB; with flooding the variables' sums
    messages : (block edges, Z, running) int16, stored messages; with relaxation in units of
        2^-frac_bits APP LSB
    verified, unsatisfied : (running,) bool and int32, of the last iteration as in :class:`Decoded`
    running : (running,) numbers of the frames in the batch
    iteration : iterations done of this try
    results : of frames that have ended; of all others after the first try what that has come to
    number : of the try that runs, the same for all running frames
    before : iterations of the tries before
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
    number: int = 0
    before: int = 0

    @classmethod
    def of_values(cls, spec: Spec, values: np.ndarray) -> "State":
        """Before the first iteration, from channel values (frames, n_variables) in APP LSB."""
        rows, frames = block_rows(spec), len(values)
        app = np.ascontiguousarray(values.T.astype(np.int16))
        return cls(
            rows if spec.flooding else [rows[row] for row in spec.layer_order],
            app.copy() if spec.retries else app if spec.flooding else None,
            app,
            np.zeros((spec.n_block_edges, spec.code.lifting_size, frames), dtype=np.int16),
            np.zeros(frames, dtype=bool),
            np.zeros(frames, dtype=np.int32),
            np.arange(frames),
            0,
            BatchResults(frames, spec.n_variables),
        )

    def try_again(self, spec: Spec) -> None:
        """Keep what the first try has come to, and go on to the next one, with all frames."""
        if self.number == 0:
            self._put(self.results, np.arange(len(self.running)))
        self.number, self.before = self.number + 1, self.before + self.iteration
        self.iteration, rows = 0, block_rows(spec)
        self.rows = [rows[row] for row in spec.tries[self.number].layer_order]
        self.app = values_of_try(spec, self.number, self.channel).copy()
        self.messages = np.zeros_like(self.messages)

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
        """Results of the frames ``done``, places among the running ones: of those that no other
        try than the first has verified only that it took as long.
        """
        results.iterations[self.running[done]] = self.before + self.iteration
        if self.number:
            done = done[self.verified[done]]
        results.put(
            self.running[done],
            self.app[:, done],
            self.verified[done],
            self.before + self.iteration,
            self.unsatisfied[done],
        )
