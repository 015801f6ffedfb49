"""Unfolded 1-bit precoders: their vectors and channels as beats."""
