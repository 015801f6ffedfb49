"""Proof and error rates: co-simulation of the Verilog against golden, Monte Carlo."""
