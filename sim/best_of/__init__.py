"""Decoders side by side in co-simulation."""
