"""Min-sum decoders on a Tanner graph, in integers."""
