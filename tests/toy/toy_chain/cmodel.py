"""The C model: one program with the constants of both specs, and its Python object."""

from importlib import resources

from quant.cmodel import CModel
from quant.cmodel.emit import program
from toy_chain.spec import CHILDREN, ChainSpec


def sources(spec: ChainSpec) -> dict[str, str]:
    """File name to text: ``NAME_cmodel.cpp``, which needs no other file, and its header."""
    structs = {f"spec_{child}": getattr(spec, child) for child in CHILDREN}
    about = f"{spec.name}: a decoder that starts from what another one ends with"
    interface = _text("chain.cpp").replace("@SHA@", spec.sha)
    header = _text("chain.h").replace("@NAME@", spec.name)
    return {
        **program(spec.name, about, spec.sha, structs, [interface]),
        f"{spec.name}_cmodel.h": header.replace("@GUARD@", f"{spec.name}_cmodel_H".upper()),
    }


def _text(name: str) -> str:
    return resources.files("toy_chain").joinpath(name).read_text(encoding="utf-8")


class ChainModel(CModel):
    """The compiled chain: :meth:`decode`, which returns no soft values."""

    signatures = {
        name: CModel.signatures[name]
        for name in ("spec_sha", "vector_bytes", "use_vector_bytes", "decode")
    }

    def _texts(self) -> dict[str, str]:
        return sources(self.spec)
