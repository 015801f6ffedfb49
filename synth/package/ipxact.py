"""``component.xml`` (IP-XACT, IEEE 1685-2009) as Vivado reads it, and a script that makes one."""

from hw.registers import ADDRESS_BITS
from hw.verilog.ports import CLOCK, RESET
from model.version import VERSION
from synth.package import constraints, registers
from synth.package.product import Product
from synth.package.templates import fill

VENDOR, LIBRARY = "unfoldhw", "core"
_FAMILIES = ("artix7", "kintex7", "virtex7", "spartan7", "zynq", "kintexu", "virtexu",
             "kintexuplus", "virtexuplus", "zynquplus", "artixuplus", "versal")  # fmt: skip


def files(product: Product) -> dict[str, str]:
    """The two files."""
    values = {
        "name": product.name, "about": product.about, "vendor": VENDOR, "library": LIBRARY,
        "version": ".".join(VERSION.split(".")[:2]), "verilog": product.record["verilog"],
        "xdc": f"{constraints.FOLDER}/{product.name}.xdc", "streams": product.ports.streams,
        "ports": product.record["ports"], "clock": CLOCK, "reset": RESET, "families": _FAMILIES,
        "lite": product.ports.lite, "registers": registers.of(product),
        "address_bits": ADDRESS_BITS,
    }  # fmt: skip
    return {name: fill(name, **values) for name in ("component.xml", "package_ip.tcl")}
