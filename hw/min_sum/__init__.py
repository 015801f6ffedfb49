"""Min-sum decoders on a Tanner graph, as hardware."""
