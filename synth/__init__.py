"""What the Verilog costs: Yosys, nextpnr, a typed report."""
