"""Complex systems as real ones: what every torch module of this family computes with.

A vector of n complex numbers is 2 n real ones, the real parts first; a matrix A is
[[Re A, -Im A], [Im A, Re A]], so that products and adjoints (transposes) carry over.
"""

import torch
from torch import Tensor


def vectors(complex_vectors: Tensor) -> Tensor:
    """Return (blocks, 2 n, vectors) float of (blocks, n, vectors) complex."""
    return torch.cat([complex_vectors.real, complex_vectors.imag], dim=1)


def matrices(complex_matrices: Tensor) -> Tensor:
    """Return (blocks, 2 n, 2 m) float of (blocks, n, m) complex."""
    real, imag = complex_matrices.real, complex_matrices.imag
    return torch.cat([torch.cat([real, -imag], dim=2), torch.cat([imag, real], dim=2)], dim=1)


def to_complex(real_vectors: Tensor) -> Tensor:
    """Return (blocks, n, vectors) complex of (blocks, 2 n, vectors) float."""
    real, imag = real_vectors.chunk(2, dim=1)
    return torch.complex(real.contiguous(), imag.contiguous())
