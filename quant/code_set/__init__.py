"""A set of quasi-cyclic codes in one decoder: each frame says which code it is of.

Streams and fields of control and status are those of AMD PG256, "Soft-Decision FEC Integrated
Block", LDPC other than 5G.
"""
