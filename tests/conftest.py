"""Fixtures of several test files."""

import gc
import os

import pytest

from quant.cmodel import library

# The workers make millions of objects that live as long as a netlist does; the usual search after
# every 700 took a quarter of their time.
gc.set_threshold(100_000, 20, 100)

# C models of small specs take longer to compile than they run. No bit depends on optimisation;
# `make test-slow`, commands that tests start, and `as_shipped.AsShipped` have all of it.
if "UNFOLDHW_OPTIMISED" not in os.environ:
    library.FLAGS = tuple("-O0" if flag == "-O3" else flag for flag in library.FLAGS)

# Rooms of short files come last: with a short file at the end, both workers end together.
_SHORT = {"model": 1, "quant": 2}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files; pytest-xdist takes them as they come (--no-loadscope-reorder)."""
    items.sort(key=lambda item: _SHORT.get(item.path.stem.removeprefix("test_").split("_")[0], 0))


@pytest.fixture
def one_thread():
    """Torch on one thread: the test workers share the machine."""
    import torch

    torch.set_num_threads(1)
