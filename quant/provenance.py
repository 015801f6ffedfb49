"""How a spec came about: free notes, but what later steps read of them is checked.

No bit depends on it and the hash does not cover it, so anybody may have written anything there.
"""

from model.errors import InputError
from model.names import checked_name
from quant.fields import number, shown, whole

_MOST = 1e12


def checked_provenance(value: object) -> dict:
    """Return ``value`` if it is a JSON object whose ``loss``, ``cost`` and ``search`` are such.

    ``loss`` has ``loss_db`` and ``target`` (numbers) and may have ``reference`` (a name); ``cost``
    has ``target`` (a name), ``ebr``, and ``comb`` and ``fmax_mhz`` (a number or null);
    ``search`` is an object. ``InputError`` names field and value otherwise.
    """
    if not isinstance(value, dict):
        raise InputError(f"provenance is {shown(value)}, must be a JSON object")
    for name in ("loss", "cost", "search"):
        if not isinstance(value.get(name, {}), dict):
            raise InputError(f"provenance.{name} is {shown(value[name])}, must be a JSON object")
    if "loss" in value:
        loss = value["loss"]
        number("provenance.loss.loss_db", loss.get("loss_db"), -100, 100)
        number("provenance.loss.target", loss.get("target"), 0, 1)
        checked_name("provenance.loss.reference", loss.get("reference", "min-sum"))
    if "cost" in value:
        cost = value["cost"]
        checked_name("provenance.cost.target", cost.get("target"))
        if cost.get("comb") is not None:
            whole("provenance.cost.comb", cost["comb"], 0, int(_MOST))
        number("provenance.cost.ebr", cost.get("ebr"), 0, _MOST)
        if cost.get("fmax_mhz") is not None:
            number("provenance.cost.fmax_mhz", cost["fmax_mhz"], 0, _MOST)
    return value
