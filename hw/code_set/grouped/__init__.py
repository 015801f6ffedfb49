"""Sets of codes whose lifting sizes have a common unit, on one decoder."""
