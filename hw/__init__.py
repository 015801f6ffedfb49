"""Amaranth generators: from a spec to Verilog."""
