"""The one exception that means: the user's input is wrong, here is what and where."""


class InputError(ValueError):
    """Bad input named in one line: file or option, place, offending value.

    Command lines print it as ``error: <text>`` and exit with code 2; library callers catch it as
    a ``ValueError``.
    """
