"""The trained detectors that are compared with the projected gradient, and their files.

Only the projected gradient goes on to integers; its file is model.mimo_detector.parameters.
"""

from pathlib import Path

import numpy as np
import torch

from model import npz
from model.errors import InputError
from model.exponents import is_integer
from model.mimo_detector.conjugate_gradient import LcgNet
from model.mimo_detector.detnet import DetNet, ScNet
from model.mimo_detector.network import Network
from model.mimo_detector.oamp import OampNet
from model.mimo_detector.system import System

SCHEMA = "unfoldhw.mimo_detector_network/1"
NETWORKS = {"oamp-net": OampNet, "lcg-net": LcgNet, "det-net": DetNet, "sc-net": ScNet}
MOST_ROUNDS = 100


def save(network: Network, path: str | Path, made: dict | None = None) -> Path:
    """Write the numbers of ``network``; ``made`` says how they came about."""
    (kind,) = (name for name, of in NETWORKS.items() if type(network) is of)
    header = {"schema": SCHEMA, "network": kind, **network.options(), "made": made or {}}
    arrays = {name: values.numpy() for name, values in network.state_dict().items()}
    return npz.write(path, arrays | {"llr_noise": np.float64(network.llr_noise)}, header)


def metadata(path: str | Path) -> dict:
    """Return how the numbers of a file were made; ``InputError`` if it is broken."""
    return npz.read(path, SCHEMA, ("llr_noise",))[1]


def load(path: str | Path) -> Network:
    """Read a network; ``InputError`` names the file if it is broken."""
    content, header = npz.read(path, SCHEMA, ("llr_noise",))
    try:
        if header.get("network") not in NETWORKS:
            raise InputError(f"network {header.get('network')!r}; known: {', '.join(NETWORKS)}")
        for name in ("antennas", "users", "rounds"):
            if not is_integer(header.get(name)):
                raise InputError(f"metadata: {name} is {header.get(name)!r}, no whole number")
        if not 1 <= header["rounds"] <= MOST_ROUNDS:
            raise InputError(f"{header['rounds']} rounds, 1 to {MOST_ROUNDS} are computed")
        if not isinstance(header.get("modulation"), str):
            raise InputError(f"metadata: modulation is {header.get('modulation')!r}, no text")
        more = {"numbers": header.get("numbers")} if header["network"] == "oamp-net" else {}
        system = System(header["antennas"], header["users"], header["modulation"])
        network = NETWORKS[header["network"]](system, header["rounds"], **more)
        state = network.state_dict()
        found = {name: values for name, values in content.items() if name != "llr_noise"}
        for name, values in state.items():
            if name not in found or found[name].shape != tuple(values.shape):
                shape = found[name].shape if name in found else None
                raise InputError(f"{name} has shape {shape}, expected {tuple(values.shape)}")
        network.load_state_dict(
            {name: torch.from_numpy(found[name]).float() for name in state}
        )
        if content["llr_noise"].size != 1 or not content["llr_noise"] > 0:
            raise InputError(f"llr_noise is {content['llr_noise']}, must be a number > 0")
        network.llr_noise = float(content["llr_noise"].item())
        return network
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
