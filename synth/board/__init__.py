"""A design on a board: top level, constraints, place and route, bitstream."""
