"""What is computed, in floating point: codes, channels, decoders, training."""
