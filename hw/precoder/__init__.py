"""The unfolded 1-bit precoder: bit-serial distributed arithmetic in a chain of antenna cells."""
