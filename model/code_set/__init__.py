"""Sets of codes: what ``--code`` calls them."""
