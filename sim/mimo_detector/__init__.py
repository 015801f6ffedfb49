"""Co-simulation of detectors: packing only."""
