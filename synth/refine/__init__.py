"""Placement made better for the clock, between nextpnr's placer and its router."""
