"""Co-simulation of uplinks: blocks from the channel to decoded bits."""
