"""Fixtures of several test files."""

import pytest


@pytest.fixture
def one_thread():
    """Torch on one thread: the test workers share the machine."""
    import torch

    torch.set_num_threads(1)
