"""Restarts along the code's symmetries: frames as beats, and what must come out."""
