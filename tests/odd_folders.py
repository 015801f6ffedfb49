"""Names that folders may have, and tools, shells and makefiles stumble over."""

from pathlib import Path

ODD_NAMES = (
    "a b", "it's", 'dou"ble', "$HOME$(touch hit)`touch hit`", "a;b & c", "a#b", "back\\slash",
    "new\nline", "\u00fcn\u00efcode", "-rf", "a:b,c", "[x]*?", "%s{}", "tab\t.", "~",
)  # fmt: skip


def odd_folder(above: Path) -> Path:
    """A folder below ``above`` with all of them in its path."""
    folder = above.joinpath(*ODD_NAMES)
    folder.mkdir(parents=True)
    return folder
