"""The massive MU-MIMO uplink: unfolded detectors from one projected-gradient round, and others."""
