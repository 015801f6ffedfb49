"""Quantisation-aware training: the integer decoder itself, with gradients where it has steps."""
