"""Search of alphabets: thresholds, levels and channel step by the frame errors they make."""
