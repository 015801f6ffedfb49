"""Decoders side by side in hardware: whole cores that take the same frames, and a judge."""
