"""Small hardware blocks that every generator shares, each with its latency as a property."""
