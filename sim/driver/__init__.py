"""A C++ driver around a build's Verilated model: many frames and resets a second, no golden inside.

:mod:`sim.driver.program` compiles it, :mod:`sim.driver.plan` writes what it is to do,
:mod:`sim.driver.process` runs it. ``model.h`` is the border in C++: ``adapter.cpp`` is compiled for
each design, everything else knows ports by their names only and is compiled once.
"""
