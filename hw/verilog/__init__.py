"""Amaranth's RTLIL to Verilog that people and tools like to read."""
