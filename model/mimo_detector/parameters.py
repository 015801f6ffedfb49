"""Numbers of one unfolded projected-gradient detector on disk, without torch."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from model import npz
from model.errors import InputError
from model.exponents import is_integer
from model.mimo_detector.system import System

SCHEMA = "unfoldhw.mimo_detector/1"
STARTS = ("zero", "lmmse")
WEIGHTS = ("matched", "whitened")
ETAS = ("posterior", "sigmoid")
MOST_ROUNDS = 100
LARGEST = 1e6
SMALLEST = 1e-6
"""Of a positive number; a smaller deviation is a hard decision in single precision."""


@dataclass(frozen=True, eq=False)
class DetectorParameters:
    """Numbers of one detector; what they do is in model.mimo_detector.unfolded.

    Attributes:
        system: Antennas, users and modulation they were made for.
        start: "zero": x = 0; "lmmse": x = eta(W0 y; theta_0), W0 from the host.
        weights: W: "matched", or "whitened", which ``alpha`` regularises.
        gamma: (T,) float64, step sizes.
        momentum: (T,) float64 b_1 ... b_T. b_1 multiplies nothing and is 0.
        theta: (T,) float64 > 0, noise of r an axis; theta_T also gives the soft output x_T.
        theta_0: > 0 for "lmmse", None for "zero".
        alpha: > 0 for "whitened", None for "matched".
        llr_noise: > 0, deviation of the noise an axis that LLRs of the last r are made with.
        eta: "posterior" or "sigmoid", see model.mimo_detector.eta.
        metadata: How the numbers were made; JSON values only.
    """

    system: System
    start: str
    weights: str
    gamma: np.ndarray
    momentum: np.ndarray
    theta: np.ndarray
    theta_0: float | None = None
    alpha: float | None = None
    llr_noise: float = 0.2
    eta: str = "posterior"
    metadata: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, known in (("start", STARTS), ("weights", WEIGHTS), ("eta", ETAS)):
            value = getattr(self, name)
            if value not in known:
                raise InputError(f"detector: {name} {value!r}; choose from {', '.join(known)}")
        for name in ("gamma", "momentum", "theta"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        shape = self.gamma.shape
        if len(shape) != 1 or not 1 <= self.gamma.size <= MOST_ROUNDS:
            raise InputError(
                f"detector: gamma has shape {shape}, expected (rounds,), 1 to {MOST_ROUNDS}"
            )
        for name in ("momentum", "theta"):
            if getattr(self, name).shape != shape:
                raise InputError(
                    f"detector: {name} has shape {getattr(self, name).shape}, gamma has {shape}"
                )
        if self.momentum[0] != 0:
            raise InputError(f"detector: momentum[0] = {self.momentum[0]}, must be 0")
        for name in ("gamma", "momentum"):
            for place, value in enumerate(getattr(self, name)):
                if not abs(value) <= LARGEST:
                    raise InputError(
                        f"detector: {name}[{place}] = {value} is not within +-{LARGEST:g}"
                    )
        self._check_optional("theta_0", self.start == "lmmse", "start 'lmmse'")
        self._check_optional("alpha", self.weights == "whitened", "weights 'whitened'")
        positive = {"theta": self.theta, "llr_noise": [self.llr_noise]}
        for name in ("theta_0", "alpha"):
            positive[name] = [] if getattr(self, name) is None else [getattr(self, name)]
        for name, values in positive.items():
            for place, value in enumerate(values):
                if not SMALLEST <= value <= LARGEST:
                    raise InputError(
                        f"detector: {name}[{place}] = {value} is not from {SMALLEST:g} to "
                        f"{LARGEST:g}"
                    )

    def _check_optional(self, name: str, due: bool, where: str) -> None:
        if (getattr(self, name) is not None) != due:
            raise InputError(f"detector: {name} is {getattr(self, name)}; it belongs to {where}")

    @property
    def rounds(self) -> int:
        """T, the number of rounds after the start."""
        return len(self.gamma)

    def save(self, path: str | Path) -> Path:
        """Write the file, whole or not at all."""
        header = {
            **self.metadata,
            "schema": SCHEMA,
            "antennas": self.system.antennas,
            "users": self.system.users,
            "modulation": self.system.modulation,
            "start": self.start,
            "weights": self.weights,
            "eta": self.eta,
        }
        arrays = {"gamma": self.gamma, "momentum": self.momentum, "theta": self.theta}
        for name in ("theta_0", "alpha", "llr_noise"):
            if getattr(self, name) is not None:
                arrays[name] = np.float64(getattr(self, name))
        return npz.write(path, arrays, header)

    @classmethod
    def load(cls, path: str | Path) -> "DetectorParameters":
        """Read ``path``; ``InputError`` names the file if it is broken."""
        required = ("gamma", "momentum", "theta", "llr_noise")
        content, header = npz.read(path, SCHEMA, required)
        try:
            for name in ("antennas", "users"):
                if not is_integer(header.get(name)):
                    raise InputError(f"metadata: {name} is {header.get(name)!r}, no whole number")
            for name in ("modulation", "start", "weights", "eta"):
                if not isinstance(header.get(name), str):
                    raise InputError(f"metadata: {name} is {header.get(name)!r}, no text")
            scalars = {}
            for name in ("theta_0", "alpha", "llr_noise"):
                if name in content:
                    if content[name].size != 1:
                        raise InputError(
                            f"detector: {name} has shape {content[name].shape}, one number is due"
                        )
                    scalars[name] = float(content[name].item())
            system = System(header["antennas"], header["users"], header["modulation"])
            return cls(
                system, header["start"], header["weights"], content["gamma"], content["momentum"],
                content["theta"], **scalars, eta=header["eta"], metadata=header,
            )  # fmt: skip
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
