"""Registers of a design behind AXI4-Lite: one description in SystemRDL, and hardware made of it."""

PREFIX = "s_axil"
"""Of the ports."""
ADDRESS_BITS = 12
"""Of a byte: a window of 4 KiB, the smallest that address editors assign."""
