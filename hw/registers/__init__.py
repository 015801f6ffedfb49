"""Registers of a design behind AXI4-Lite: one description in SystemRDL, and hardware made of it."""
