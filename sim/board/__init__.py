"""The host's side of a board: the line, a session on it, frames and what is counted of them.

:mod:`sim.board.simulated` puts a Verilated model of the whole board in the place of the board: its
pins are at the end of a pseudo-terminal, so that the host is the same program.
"""
