"""Simulation models of the device's cells that the Verilog instantiates."""

from importlib import resources

from synth.package.product import Product


def text(product: Product) -> str | None:
    """Models of all cells that build.json lists; None for portable Verilog."""
    models = product.record.get("cell_models", [])
    if not models:
        return None
    here = resources.files(__package__)
    return "\n".join(here.joinpath(f"cells_{name}.v").read_text("utf-8") for name in models)
