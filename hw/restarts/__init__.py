"""Restarts along the code's symmetries in hardware, on the direct decoder's arrays."""
