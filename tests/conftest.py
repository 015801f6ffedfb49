"""Fixtures of several test files."""

import gc

import pytest

# The workers make millions of objects that live as long as a netlist does; the usual search after
# every 700 took a quarter of their time.
gc.set_threshold(100_000, 20, 100)


@pytest.fixture
def one_thread():
    """Torch on one thread: the test workers share the machine."""
    import torch

    torch.set_num_threads(1)
