"""What precoders and detectors of multi-antenna systems share: constellations and channels."""
