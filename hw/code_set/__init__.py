"""One decoder for a set of quasi-cyclic codes, chosen frame by frame."""
