"""A compiled C model, loaded: its functions, and the vector size that it works with."""

import ctypes
import sys
from pathlib import Path
from typing import ClassVar

from model.errors import InputError
from quant.cmodel.library import compiled, widest_first


class Loaded:
    """The C model of one spec in this process.

    Parameters
    ----------
    spec : the spec
    every_width : compile for every vector size at once; else for the widest of this processor
        alone, until another one is asked for
    """

    signatures: ClassVar[dict[str, tuple]] = {}
    """Of each function: what it returns, and its arguments."""

    def __init__(self, spec, every_width: bool = False):
        self.spec = spec
        self._call = self._functions(self._compiled() if every_width else self._widest())
        if self._call["use_vector_bytes"](0):  # this processor lacks a feature of theirs
            self._call = self._functions(self._compiled())

    def _texts(self) -> dict[str, str]:
        """File name to text of the sources."""
        raise NotImplementedError

    def _compiled(self, *flags: str) -> Path:
        return compiled(self._texts(), *flags)

    def _widest(self) -> Path:
        """Compiled for the widest vectors that processor and compiler have."""
        sizes, reason = widest_first(), None
        for size in sizes:
            try:
                found = self._compiled(f"-DCM_ONLY={size}")
            except InputError as error:  # an older compiler may not know the processor's vectors
                reason = reason or error
                continue
            if reason is not None:
                print(f"remark: {size}-byte vectors in place of {sizes[0]}: {reason}",
                      file=sys.stderr)  # fmt: skip
            return found
        if reason is not None:
            raise reason
        return self._compiled()

    def _functions(self, path: Path) -> dict:
        """The functions of a library, with what they take and return."""
        spec, found = self.spec, {}
        try:
            library = ctypes.CDLL(str(path))
        except OSError as error:
            raise InputError(f"{path}: cannot be loaded: {error}") from error
        for name, (result, *arguments) in self.signatures.items():
            try:
                function = getattr(library, f"{spec.name}_{name}")
            except AttributeError:
                raise InputError(f"{path}: has no function {spec.name}_{name}") from None
            function.restype, function.argtypes = result, arguments
            found[name] = function
        if found["spec_sha"]().decode() != spec.sha:
            raise InputError(f"{path}: not the model of spec {spec.sha}")
        return found

    @property
    def lanes(self) -> int:
        """Frames or vectors worked on side by side."""
        return self._call["lanes"]()

    @property
    def vector_bytes(self) -> int:
        """Bytes of a vector register in use: 16, 32 or 64."""
        return self._call["vector_bytes"]()

    @property
    def vector_sizes(self) -> list[int]:
        """Bytes that :meth:`use_vector_bytes` takes, while the widest are in use."""
        return [size for size in (16, 32, 64) if size <= self.vector_bytes]

    def use_vector_bytes(self, size: int) -> None:
        """Use 16, 32 or 64 byte vectors, 0 for the widest.

        Objects of this spec for which a size was once asked for share the size.
        """
        if self._call["use_vector_bytes"](size) == 0:
            return
        every = self._functions(self._compiled())
        if every["use_vector_bytes"](size):
            raise InputError(f"this processor has no {size}-byte vectors that the C model can use")
        self._call = every

    def use_vectors_in_turn(self, number: int) -> None:
        """Use the sizes of this processor in turn: that of ``number``, whatever it is."""
        self.use_vector_bytes(0)
        sizes = self.vector_sizes
        self.use_vector_bytes(sizes[number % len(sizes)])
