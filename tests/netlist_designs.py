"""The designs whose netlists are compared with golden, one of each kind, as users build them."""

from pathlib import Path

from hw.build import build
from quant.sources import spec_for

DESIGNS = {
    "default": ("qc_ldpc", {}),
    "`--lanes 27 --target ecp5`": ("qc_ldpc", {"lanes": 27, "target": "ecp5"}),
    "`--cores 2 --order out-of-order`": ("wifi_648_r12", {"cores": 2, "order": "out-of-order"}),
    "direct": ("bch_31_16", {}),
    "precoder": ("mimo_precoder_32x4", {}),
}
"""Preset and options."""


def write(name: str, folder: Path, target: str | None = None) -> Path:
    """Make the named build in ``folder``, for ``target`` where it is for a device."""
    preset, options = DESIGNS[name]
    if target and "target" in options:
        options = {**options, "target": target}
    spec = spec_for(preset)
    if spec.kind == "tanner_flooding" and not spec.tie_levels:
        options = {"oversize": True, **options}
    build(spec, folder, options)
    return folder
