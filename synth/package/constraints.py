"""Clock constraints in the form of every vendor; pins are the board's, so there are none."""

from hw.verilog.ports import CLOCK
from synth.package.product import Product

FOLDER = "constraints"
_FORMS = {
    "xdc": ("AMD Vivado", "#"),
    "sdc": ("Intel Quartus, Synplify, Gowin, OpenSTA", "#"),
    "pdc": ("Lattice Radiant, nextpnr-nexus", "#"),
    "lpf": ("Lattice Diamond, nextpnr-ecp5", "#"),
}


def files(product: Product) -> dict[str, str]:
    """A file for each form, with one clock."""
    mhz = product.clock_mhz
    reached = product.cost.get("fmax_mhz")
    why = (
        f"on record for {product.cost['target']}: {reached:.1f} MHz" if reached
        else "nothing is on record: unfoldhw report --build . measures it"
    )  # fmt: skip
    texts = {}
    for suffix, (tools, mark) in _FORMS.items():
        lines = [f"{product.name}: {tools}", f"{mhz:g} MHz ({why})",
                 "All ports are synchronous to clk, rst too (active high). Streams end inside the",
                 "device; where one goes to pins, give it input and output delays."]  # fmt: skip
        told = [f"{mark} {line}" for line in lines]
        if suffix == "lpf":
            told.append(f'FREQUENCY PORT "{CLOCK}" {mhz:g} MHZ;')
        else:
            told.append(
                f"create_clock -name {CLOCK} -period {1000 / mhz:.3f} [get_ports {{{CLOCK}}}]"
            )
        texts[f"{FOLDER}/{product.name}.{suffix}"] = "\n".join(told) + "\n"
    return texts
