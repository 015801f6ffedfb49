"""Min-sum decoders on a Tanner graph: their frames as beats."""
