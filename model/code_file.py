"""A code's file as commands read it: options of the command line, exchanged rows and columns, and
circulants that the file does not say.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from model import io
from model.code import TannerGraph
from model.errors import InputError
from model.exponents import checked_lifting_size
from model.find_circulants import find_circulants
from model.notes import note


@dataclass(frozen=True)
class CodeFile:
    """A file, and how it is to be read.

    transpose : its rows are columns; None: no, and a matrix with more checks than variables is
        refused
    lifting_size : of the circulants in it, 1 for a code without; None: the largest that is found
    """

    path: str
    transpose: bool | None = None
    lifting_size: int | None = None

    def __str__(self) -> str:
        return self.path


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``--code FILE`` has."""
    parser.add_argument(
        "--transpose", action=argparse.BooleanOptionalAction,
        help="--code FILE: its rows are the variables (or not: a matrix with more checks than "
        "variables is then taken as it is)",
    )  # fmt: skip
    parser.add_argument(
        "--lifting-size", type=int, metavar="Z",
        help="--code FILE: size of its circulants; 1: none (default: the largest that is found)",
    )  # fmt: skip


OPTIONS = ("transpose", "lifting_size")


def named(code: str | None, args: argparse.Namespace) -> str | CodeFile | None:
    """What ``--code`` names, with its options if any is given."""
    chosen = {name: getattr(args, name) for name in OPTIONS}
    given = [name for name, value in chosen.items() if value is not None]
    if not given:
        return code
    option = f"--{given[0].replace('_', '-')}"
    if code is None:
        raise InputError(f"{option}: only with --code FILE")
    if not io.is_file_name(code):
        raise InputError(f"{option}: {code!r} is no file")
    return CodeFile(code, **chosen)


def read(file: str | Path | CodeFile) -> TannerGraph:
    """The code in a file. It has information bits: nothing could be sent over it otherwise."""
    asked = file if isinstance(file, CodeFile) else CodeFile(str(file))
    path = asked.path
    if asked.lifting_size is not None:
        try:
            checked_lifting_size(asked.lifting_size)
        except InputError as error:
            raise InputError(f"--lifting-size: {error}") from None
    graph = _turned(io.load(path), asked)
    try:
        k = graph.k
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if k == 0:
        kept = graph.n_variables - int(graph.shortened.sum())
        raise InputError(f"{path}: k = 0: the rank of H leaves none of {kept} variables free")
    return _in_blocks(graph, asked)


def _turned(graph: TannerGraph, asked: CodeFile) -> TannerGraph:
    checks, variables = graph.n_checks, graph.n_variables
    if asked.transpose:
        if graph.block is not None:
            raise InputError(f"{asked.path}: --transpose is for a matrix, not for exponents")
        edges = graph.variable_of_edge, graph.check_of_edge
        try:
            return TannerGraph.from_edges(*edges, variables, checks, graph.name)
        except InputError as error:
            raise InputError(f"{asked.path}: {error}") from None
    if asked.transpose is None and graph.block is None and checks > variables:
        raise InputError(
            f"{asked.path}: {checks} checks for {variables} variables: rows and columns seem "
            "exchanged, --transpose reads them so; --no-transpose takes them as they are"
        )
    return graph


def _in_blocks(graph: TannerGraph, asked: CodeFile) -> TannerGraph:
    """The graph with the circulants that are asked for or found."""
    size, path = asked.lifting_size, asked.path
    if graph.block is not None:
        if size not in (None, graph.block.lifting_size):
            raise InputError(f"{path}: --lifting-size {size}: its exponents are for Z = "
                             f"{graph.block.lifting_size}")  # fmt: skip
        return graph
    if size == 1:
        return graph
    try:
        found = find_circulants(graph, size)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if found.graph is None:
        if found.remark:
            note(f"{path}: no block structure is used: {found.remark}")
        return graph
    exponents = found.graph.block.exponents
    moved = " after its rows are reordered" * (found.graph.edges_sha != graph.edges_sha)
    if size is None:
        note(f"{path}: {exponents.shape[0]} x {exponents.shape[1]} circulants of size "
             f"{found.graph.block.lifting_size}{moved} (--lifting-size 1: as it is)")  # fmt: skip
    return found.graph
