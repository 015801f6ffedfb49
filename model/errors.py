"""The one exception that means: the user's input is wrong, here is what and where."""

from model.printable import one_line


class InputError(ValueError):
    """Bad input named in one line: file or option, place, offending value.

    Command lines print it as ``error: <text>`` and exit with code 2; library callers catch it as
    a ``ValueError``. Its text is one printable line of bounded length whatever it was made of,
    since values and file names that it repeats come from files that nobody has checked yet.
    """

    def __init__(self, text: str):
        super().__init__(one_line(text))
