"""Parameters for each Eb/N0: what an adapter network says, folded into a small table.

Lian, Carpi, Haeger, Pfister, "Learned belief-propagation decoding with simple scaling and SNR
adaptation", ISIT 2019, let a small network choose a decoder's few parameters from the channel's
quality. A receiver evaluates no network: the table holds its output at a few Eb/N0, and the
nearest row is used.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model import npz
from model.code import TannerGraph
from model.errors import InputError
from model.parameters import Parameters, check_header

SCHEMA = "unfoldhw.snr_table/1"


@dataclass(frozen=True, eq=False)
class SnrTable:
    """Parameters of one decoder at several Eb/N0.

    Attributes:
        ebn0_db: (rows,) float64, ascending.
        rows: Parameters for each Eb/N0, alike in everything but their numbers.
    """

    ebn0_db: np.ndarray
    rows: tuple[Parameters, ...]

    def __post_init__(self) -> None:
        if len(self.rows) == 0 or self.ebn0_db.shape != (len(self.rows),):
            raise InputError(
                f"SNR table: {len(self.rows)} rows for {self.ebn0_db.shape} Eb/N0 values"
            )
        if not np.isfinite(self.ebn0_db).all() or (np.diff(self.ebn0_db) <= 0).any():
            raise InputError(f"SNR table: Eb/N0 {self.ebn0_db.tolist()} do not ascend")
        if len({row.alpha.shape for row in self.rows}) > 1:
            raise InputError("SNR table: rows of different shape")

    @property
    def metadata(self) -> dict:
        """How the table was made."""
        return self.rows[0].metadata

    def row_of(self, ebn0_db: float) -> int:
        """Return the number of the row nearest to ``ebn0_db``; of two equally near the lower."""
        return int(np.argmin(np.abs(self.ebn0_db - ebn0_db)))

    def at(self, ebn0_db: float) -> Parameters:
        """Return the parameters for ``ebn0_db``."""
        return self.rows[self.row_of(ebn0_db)]

    def save(self, path: str | Path) -> Path:
        """Write the file, whole or not at all."""
        first = self.rows[0]
        header = {
            **first.metadata,
            "schema": SCHEMA,
            "graph": first.graph.name,
            "edges_sha256": first.graph.edges_sha,
            "iterations": first.iterations,
            "layout": first.layout,
        }
        arrays = {
            "ebn0_db": self.ebn0_db,
            "alpha": np.stack([row.alpha for row in self.rows]),
            "beta": np.stack([row.beta for row in self.rows]),
        }
        if first.gamma is not None:
            arrays["gamma"] = np.array([row.gamma for row in self.rows])
        return npz.write(path, arrays, header)

    @classmethod
    def load(cls, path: str | Path, graph: TannerGraph) -> "SnrTable":
        """Read ``path``; ``InputError`` names the file if it is broken or for another code."""
        content, header = npz.read(path, SCHEMA, ("ebn0_db", "alpha", "beta"))
        try:
            check_header(header, graph)
            ebn0_db, alpha, beta = (content[name] for name in ("ebn0_db", "alpha", "beta"))
            gamma = content.get("gamma")
            shapes = {array.shape for array in (ebn0_db, gamma) if array is not None}
            if shapes != {alpha.shape[:1]} or alpha.shape[:1] != beta.shape[:1] or not alpha.ndim:
                found = ", ".join(f"{name} {array.shape}" for name, array in content.items())
                raise InputError(f"SNR table: no row each for every Eb/N0: {found}")
            rows = tuple(
                Parameters(graph, a, b, header["layout"], g, None, header)
                for a, b, g in zip(
                    alpha, beta, [None] * len(alpha) if gamma is None else gamma.tolist(),
                    strict=True,
                )
            )  # fmt: skip
            if any(row.iterations != header["iterations"] for row in rows):
                raise InputError(f"SNR table: {alpha.shape[1]} iterations, the metadata say "
                                 f"{header['iterations']}")  # fmt: skip
            return cls(content["ebn0_db"].astype(float), rows)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
