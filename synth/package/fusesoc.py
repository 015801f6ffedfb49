"""``NAME.core``: the core for FuseSoC and Edalize (CAPI2)."""

from collections.abc import Collection

from model.version import VERSION
from synth.package import constraints, testbench
from synth.package.product import Product
from synth.package.templates import fill


def files(product: Product, beside: Collection[str]) -> dict[str, str]:
    """The description; ``beside`` are the other files, of which it lists those that it needs."""
    bench = f"{testbench.FOLDER}/tb_{product.name}.v"
    inside = sorted(name for name in beside if name.startswith(f"{testbench.FOLDER}/"))
    text = fill(
        "fusesoc.core", name=product.name, version=VERSION, about=product.about,
        verilog=product.record["verilog"], bench=bench if bench in beside else None,
        vectors=[name for name in inside if name.endswith(".hex")],
        cells=f"{testbench.FOLDER}/cells.v" if f"{testbench.FOLDER}/cells.v" in beside else None,
        xdc=f"{constraints.FOLDER}/{product.name}.xdc",
        sdc=f"{constraints.FOLDER}/{product.name}.sdc",
    )  # fmt: skip
    return {f"{product.name}.core": text}
