"""``cmodel/Makefile``: the C model as libraries, and a check that it is the spec's."""

from synth.package.product import Product
from synth.package.templates import fill

FOLDER = "cmodel"


def files(product: Product) -> dict[str, str]:
    """Nothing where the family has no C model."""
    sources = product.record.get("c_model", [])
    program = next((name for name in sources if name.endswith(".cpp")), None)
    header = next((name for name in sources if name.endswith(".h")), None)
    if program is None or header is None:
        return {}
    values = {"name": header.removesuffix("_cmodel.h"), "program": program, "header": header,
              "spec_sha": product.record["spec_sha"]}  # fmt: skip
    return {f"{FOLDER}/Makefile": fill("c_model.mk", **values),
            f"{FOLDER}/check.c": fill("check.c", **values)}  # fmt: skip
