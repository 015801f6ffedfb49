"""The C model: one program with all members, and whose result counts."""

from model.printable import in_comment
from quant.best_of.spec import BestOfSpec
from quant.min_sum import wrapped


def sources(spec: BestOfSpec) -> dict[str, str]:
    """File name to text: ``NAME_cmodel.cpp``, which needs no other file, and its header."""
    # A member's own name may be that of the whole.
    structs = {f"spec_{spec.name}_{i}": member for i, member in enumerate(spec.members)}
    filled = {
        "FIRST": next(iter(structs)),
        "OTHERS": ", ".join(f"member<{struct}>" for struct in list(structs)[1:]),
        "WIDTHS": " | ".join(f"use_vector_bytes<{struct}>(bytes)" for struct in structs),
        "MEMBERS": len(structs),
        "CODE": in_comment(spec.first.code.name),
    }
    about = "decoders side by side, the best result of them"
    return wrapped.sources(spec, about, structs, "quant.best_of", filled)


class BestOfModel(wrapped.WrapperModel):
    """The compiled model."""

    def _texts(self) -> dict[str, str]:
        return sources(self.spec)
