"""The unfolded 1-bit precoder in integers: its spec and its golden model."""
