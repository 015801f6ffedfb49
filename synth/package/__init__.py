"""What lies beside the Verilog in a build folder, so that it can be used at once.

Everything is made from one record (build.json), the spec, and the frames that the family supplies.
A part is a module with ``files(product)``, which returns the texts of files by their path in the
folder; none of them names a place outside it, so that the folder may be moved.
"""

from synth.package import c_model, constraints, fusesoc, ipxact, litex, readme, testbench
from synth.package.product import Product


def files(spec, record: dict, text: str) -> dict[str, str]:
    """All files beside the Verilog, spec, C model and build.json: path to text.

    Parameters
    ----------
    spec : that the Verilog was made from
    record : content of build.json
    text : the Verilog

    Raises ``InputError`` where spec and record do not fit each other.
    """
    product = Product(record, spec, text)
    made: dict[str, str] = {}
    for part in (testbench, constraints, c_model, litex, ipxact):
        made |= part.files(product)
    made |= fusesoc.files(product, made)
    made |= readme.files(product, made)
    return made
