"""The float detector in NumPy: what a spec is fitted to, and measured against.

:mod:`quant.mimo_detector.spec` says the algorithm; ``model.mimo_detector.unfolded`` trains it.
"""

import numpy as np

from model.mimo_detector.parameters import DetectorParameters
from quant.mimo_detector import host


def recipe(parameters: DetectorParameters) -> host.Recipe:
    """What the host makes of a channel."""
    system, alpha = parameters.system, float(parameters.alpha or 0.0)
    lmmse = parameters.start == "lmmse"
    return host.Recipe(system.antennas, system.users, parameters.weights, alpha, lmmse)


def eta(constellation, theta: float, kind: str, r: np.ndarray) -> np.ndarray:
    """The float element-wise function "posterior" or "sigmoid" (model.mimo_detector.eta)."""
    levels = constellation.levels
    if kind == "sigmoid":
        middles = (levels[1:] + levels[:-1]) / 2
        slope = constellation.unit / theta**2
        return constellation.unit * np.tanh(slope * (r[..., None] - middles)).sum(axis=-1)
    weight = (r[..., None] * levels - levels**2 / 2) / theta**2
    weight = np.exp(weight - weight.max(axis=-1, keepdims=True))
    return (weight * levels).sum(axis=-1) / weight.sum(axis=-1)


def complex_eta(constellation, theta: float, kind: str, r: np.ndarray) -> np.ndarray:
    """:func:`eta` of both parts."""
    parts = [eta(constellation, theta, kind, part) for part in (r.real, r.imag)]
    return parts[0] + 1j * parts[1]


def detect(
    parameters: DetectorParameters,
    matrices: host.FloatMatrices,
    y: np.ndarray,
    trace: dict | None = None,
) -> np.ndarray:
    """The last r (..., vectors, users) of y (..., vectors, antennas).

    ``trace`` collects z of every round.
    """
    points, kind = parameters.system.constellation, parameters.eta
    h, w = (matrix.swapaxes(-1, -2) for matrix in (matrices.h, matrices.w))
    x, z, r = 0.0, 0.0, None
    if parameters.start == "lmmse":
        x = complex_eta(points, parameters.theta_0, kind, y @ matrices.w0.swapaxes(-1, -2))
    numbers = zip(parameters.gamma, parameters.momentum, parameters.theta, strict=True)
    for gamma, momentum, theta in numbers:
        z = y - (x @ h if np.ndim(x) else 0.0) + momentum * z
        r = x + gamma * (z @ w)
        x = complex_eta(points, theta, kind, r)
        if trace is not None:
            trace.setdefault("z", []).append(z)
    return r
