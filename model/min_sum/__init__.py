"""Min-sum decoders on a Tanner graph, in floating point."""
