"""A small design against golden in the compiled bench: a tenth of the time that cocotb takes.

cocotb's bench is tried on designs of every family (tests/test_sim_cosim.py and others), and is what
``sim.cosim`` runs; here the same is asked of many small designs.
"""

from pathlib import Path

from sim import resets, soak

_RESETS = 12


def prove(folder: Path, frames: int, seed: int) -> None:
    """Golden's results for so many frames and more of wrong length, and after resets.

    Sources pause, withdraw offers and drive garbage when idle, the output stalls; every beat is
    compared, and those of wrong length are counted.
    """
    found = soak.run(folder, frames=frames * 5 // 4, wrong=0.2, seed=seed)
    assert found.ok, found.fault
    assert found.results > 0.9 * frames and found.frames > found.results
    again = resets.run(folder, resets=_RESETS, seed=seed)
    assert (again.wrong, again.phantoms, again.fault) == (0, 0, None), again.fault
    assert again.trials == _RESETS
