"""A repetition code with majority decision, as a family of its own package.

The smallest family that goes through the whole flow: the example of docs/add_a_family.md.
"""

from model.families import Family

FAMILY = Family(
    "repetition", ("toy_repetition",), codes=("repetition",), modules="toy_repetition.{room}"
)
