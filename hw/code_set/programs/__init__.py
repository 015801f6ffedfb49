"""Programs of codes that a decoder of a set was not built with, written at run time."""
