"""Two decoders, one after the other, as a family of its own package: a spec made of two specs.

The smallest wrapper: the second decoder starts from the soft values that the first one ends with.
"""

from model.families import Family

FAMILY = Family("chain", ("toy_chain",), codes=("chain",), modules="toy_chain.{room}")
