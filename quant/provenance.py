"""How a spec came about: free notes, but what later steps read of them is checked.

No bit depends on it and the hash does not cover it, so anybody may have written anything there.
"""

import hashlib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from model.channel_options import ChannelOptions
from model.errors import InputError
from model.names import checked_name
from model.version import VERSION
from quant.fields import number, shown, whole

_MOST = 1e12
_NAMES = ("channel", "modulation")
_MEASURED = ("loss", "cost", "error_rates")


def command_of(module: str, argv: Sequence[str] | None) -> str:
    """The command that makes a spec again, without ``--out``; ``argv`` None: of this process."""
    given = list(sys.argv[1:] if argv is None else argv)
    at = given.index("--out") if "--out" in given else len(given)
    return shlex.join(["python", "-m", module, *given[:at], *given[at + 2 :]])


def of_parameters(argv: Sequence[str], path: Path, note: str | None = None) -> dict:
    """The provenance of a spec that ``quant.fit`` makes of the trained numbers in ``path``."""
    record = {
        "command": "python -m quant.fit " + shlex.join(argv),
        "version": VERSION,
        "parameters": path.name,
        "parameters_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    return record | ({"note": note} if note else {})


def fitted_for(
    provenance: dict, channel: ChannelOptions, ebn0_db: float, llr_scale: float | None = None
) -> dict:
    """The provenance of a spec whose alphabet was fitted for a channel at an Eb/N0 in dB.

    ``fitted_for`` says so; it is not there for BPSK over AWGN. What was measured of the spec that
    the provenance is from is left out: this is another one.

    llr_scale : channel step in LLR, by that for BPSK over AWGN
    """
    kept = {n: value for n, value in provenance.items() if n not in ("fitted_for", *_MEASURED)}
    if channel.usual:
        return kept
    fitted = {name: getattr(channel, name) for name in _NAMES} | {"ebn0_db": ebn0_db}
    if llr_scale is not None:
        fitted["llr_scale"] = llr_scale
    return {**kept, "fitted_for": fitted}


def checked_provenance(value: object) -> dict:
    """Return ``value`` if it is a JSON object whose ``loss``, ``cost``, ``search`` ... are such.

    ``loss`` has ``loss_db`` and ``target`` (numbers) and may have ``reference`` (a name); ``cost``
    has ``target`` (a name), ``ebr``, and ``comb`` and ``fmax_mhz`` (a number or null);
    ``search`` is an object, ``error_rates`` too, which :mod:`quant.recorded` reads; ``fitted_for``
    is what :func:`fitted_for` makes. ``InputError`` names field and value otherwise.
    """
    if not isinstance(value, dict):
        raise InputError(f"provenance is {shown(value)}, must be a JSON object")
    for name in ("loss", "cost", "search", "fitted_for", "error_rates"):
        if not isinstance(value.get(name, {}), dict):
            raise InputError(f"provenance.{name} is {shown(value[name])}, must be a JSON object")
    if "loss" in value:
        loss = value["loss"]
        number("provenance.loss.loss_db", loss.get("loss_db"), -100, 100)
        number("provenance.loss.target", loss.get("target"), 0, 1)
        checked_name("provenance.loss.reference", loss.get("reference", "min-sum"))
        for name in _NAMES:
            checked_name(f"provenance.loss.{name}", loss.get(name, "bpsk"))
    if "fitted_for" in value:
        fitted = value["fitted_for"]
        for name in _NAMES:
            checked_name(f"provenance.fitted_for.{name}", fitted.get(name))
        number("provenance.fitted_for.ebn0_db", fitted.get("ebn0_db"), -100, 100)
        number("provenance.fitted_for.llr_scale", fitted.get("llr_scale", 1), 0, _MOST)
    if "cost" in value:
        cost = value["cost"]
        checked_name("provenance.cost.target", cost.get("target"))
        if cost.get("comb") is not None:
            whole("provenance.cost.comb", cost["comb"], 0, int(_MOST))
        number("provenance.cost.ebr", cost.get("ebr"), 0, _MOST)
        if cost.get("fmax_mhz") is not None:
            number("provenance.cost.fmax_mhz", cost["fmax_mhz"], 0, _MOST)
    return value
