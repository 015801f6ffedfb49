"""W and W0 of a channel from H and the noise power, for MIMO detectors: a part of the core."""
