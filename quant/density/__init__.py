"""Density evolution: how the messages of a decoder are distributed on a code without cycles."""
