"""How large a code may be: everything from file to decoder is bounded by these.

A DVB-S2 frame of 64,800 bits has 226,799 edges, the largest 5G code 26,112 bits and 121,344.
"""

MOST_VARIABLES = 1 << 20
"""Columns of H, and rows."""
MOST_EDGES = 1 << 22
MOST_CELLS = 1 << 22
"""Rows times columns of a matrix of exponents."""
MOST_NUMBERS = 6 << 20
"""Words of a text file, nearly all numbers: the alist of that DVB-S2 code has 1.2 million."""
MOST_REMAINDER_BITS = 1 << 31
"""Rows times columns of what is eliminated densely: 256 MiB."""
MOST_ELIMINATION_STEPS = 1 << 41
"""Rows squared times columns of what is eliminated for a rank: some seconds."""
