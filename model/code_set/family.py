"""What sets of codes supply in floating point (:mod:`model.families`): their names."""


def answers_to(code: str) -> str | None:
    """What specs for ``code`` are made for, or None if it names no set."""
    from model.code_set.names import made_for, parts_of

    parts = parts_of(code)
    return None if parts is None else made_for(parts)
