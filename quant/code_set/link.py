"""What error rates of a set are measured over: a channel, and what all frames ask for."""

from dataclasses import dataclass

from model.options import option
from quant.code_set.control import MAX_ITERATIONS, Control
from quant.min_sum.link import Channel
from quant.spec import Spec

STOPS = {
    "pass": (True, False), "no-change": (False, True), "both": (True, True),
    "never": (False, False),
}  # fmt: skip
"""Name to whether a frame stops on a pass, and on no change."""
ALL = "all"


@dataclass(frozen=True)
class SetChannel(Channel):
    """The channel, and what frames ask for."""

    member: str = option(ALL, "code whose frames are sent, or all: those of each code in turn")
    max_iterations: int | None = option(
        None, "largest number of iterations; of each code its own where not given",
        low=1, high=MAX_ITERATIONS,
    )  # fmt: skip
    stop: str = option("pass", "what ends a frame before that", choices=tuple(STOPS))

    def control(self, code: int, member: Spec) -> Control:
        """The control word of a frame of member number ``code``."""
        most = self.max_iterations or member.iterations
        on_pass, on_no_change = STOPS[self.stop]
        return Control(code, 0, most, on_pass, on_no_change)

    @property
    def words(self) -> str:
        most = f", up to {self.max_iterations} iterations" if self.max_iterations else ""
        stop = "" if self.stop == "pass" else f", stop: {self.stop}"
        return f"{super().words}{most}{stop}"
