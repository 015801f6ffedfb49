"""The massive MU-MIMO downlink with 1-bit converters, and C2PO unfolded and trained for it."""
