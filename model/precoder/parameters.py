"""Numbers of one unfolded C2PO precoder on disk, without torch."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from model import npz
from model.errors import InputError
from model.exponents import is_integer
from model.precoder.system import System

SCHEMA = "unfoldhw.precoder/1"
PUBLISHED_RHO = 1.25
PUBLISHED_TAU = {32: 2.0**-6, 64: 2.0**-7, 128: 2.0**-7, 256: 2.0**-8}
"""By antennas: Castaneda, Jacobsson, Durisi, Coldrey, Goldstein, Studer, "1-bit massive MU-MIMO
precoding in VLSI", IEEE J. Emerg. Sel. Topics Circuits Syst. 7 (4), 2017."""

MOST_ANTENNAS = 1024
"""As many as a spec of this family has."""
SMALLEST, LARGEST = 1e-30, 1e30
"""What single precision holds, with room for products."""


@dataclass(frozen=True, eq=False)
class PrecoderParameters:
    """Numbers of one precoder.

    Attributes:
        system: Antennas, users and modulation they were made for.
        tau: (T,) float64 > 0, step sizes for H with E|h|^2 = 1.
        rho: (T,) float64 > 0, gains before clipping at 1.
        start: > 0; v_0 = start * H^H s with unit mean symbol energy.
        metadata: How the numbers were made; JSON values only.
    """

    system: System
    tau: np.ndarray
    rho: np.ndarray
    start: float = 1.0
    metadata: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("tau", "rho"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        if self.system.antennas > MOST_ANTENNAS:
            raise InputError(
                f"precoder: {self.system.antennas} antennas, at most {MOST_ANTENNAS} are computed"
            )
        if self.tau.ndim != 1 or len(self.tau) == 0 or self.tau.shape != self.rho.shape:
            raise InputError(
                f"precoder: tau and rho have shapes {self.tau.shape} and {self.rho.shape}, "
                "expected (iterations,) both"
            )
        for name, values in (("tau", self.tau), ("rho", self.rho), ("start", [self.start])):
            for place, value in enumerate(values):
                if not SMALLEST <= value <= LARGEST:
                    raise InputError(
                        f"precoder: {name}[{place}] = {value} is not a number > 0 "
                        f"({SMALLEST:g} to {LARGEST:g})"
                    )

    @property
    def iterations(self) -> int:
        """T, the number of iterations."""
        return len(self.tau)

    @classmethod
    def constant(
        cls, system: System, iterations: int, tau: float, rho: float = PUBLISHED_RHO,
        start: float = 1.0,
    ) -> "PrecoderParameters":  # fmt: skip
        """Return the same tau and rho in every iteration."""
        if iterations < 1:
            raise InputError(f"iterations must be at least 1, not {iterations}")
        made = {"made": {"constant": [tau, rho, start]}}
        return cls(system, np.full(iterations, tau), np.full(iterations, rho), start, made)

    @classmethod
    def published(cls, system: System, iterations: int) -> "PrecoderParameters":
        """Return the constants of the C2PO paper, which it gives for 32 to 256 antennas.

        Its simulator starts at H^H s with odd-integer symbols against a clipping level of 1.
        """
        if system.antennas not in PUBLISHED_TAU:
            known = ", ".join(map(str, PUBLISHED_TAU))
            raise InputError(f"no published constants for {system.antennas} antennas, for {known}")
        start = 1 / system.constellation.unit
        return cls.constant(system, iterations, PUBLISHED_TAU[system.antennas], start=start)

    def save(self, path: str | Path) -> Path:
        """Write the file, whole or not at all."""
        header = {
            **self.metadata,
            "schema": SCHEMA,
            "antennas": self.system.antennas,
            "users": self.system.users,
            "modulation": self.system.modulation,
            "iterations": self.iterations,
        }
        arrays = {"tau": self.tau, "rho": self.rho, "start": np.float64(self.start)}
        return npz.write(path, arrays, header)

    @classmethod
    def load(cls, path: str | Path) -> "PrecoderParameters":
        """Read ``path``; ``InputError`` names the file if it is broken."""
        content, header = npz.read(path, SCHEMA, ("tau", "rho", "start"))
        try:
            for name in ("antennas", "users", "iterations"):
                if not is_integer(header.get(name)):
                    raise InputError(f"metadata: {name} is {header.get(name)!r}, no whole number")
            if not isinstance(header.get("modulation"), str):
                raise InputError(f"metadata: modulation is {header.get('modulation')!r}, no text")
            if content["start"].size != 1:
                raise InputError(
                    f"precoder: start has shape {content['start'].shape}, one number is due"
                )
            system = System(header["antennas"], header["users"], header["modulation"])
            start = float(content["start"].item())
            found = cls(system, content["tau"], content["rho"], start, header)
            if header["iterations"] != found.iterations:
                raise InputError(
                    f"precoder: tau has {found.iterations} iterations, the metadata say "
                    f"{header['iterations']}"
                )
            return found
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
