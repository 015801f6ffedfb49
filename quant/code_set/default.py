"""The set that ``--code`` stands for: default specs with one alphabet, or specs from files."""

from collections.abc import Sequence

from model import catalog
from model.code_set.names import NAME, common_beginning, parts_of
from quant.code_set.spec import CodeSetSpec
from quant.fit import default_spec, verilog_name


def spec_of_list(code: str) -> CodeSetSpec:
    """The set of a comma list, or of the codes of a standard.

    Entries are names of the catalogue and code files, which get the default spec with 3-bit
    messages and the alphabet that they all share, each with the channel step for its rate; or spec
    files and presets of no code's name, which are members as they are.
    """
    from quant import sources

    parts = parts_of(code) or (code,)
    found = [sources.spec_for(part) if _has_spec(part) else catalog.resolve(part) for part in parts]
    graphs = [each for each in found if not hasattr(each, "kind")]
    punctured = any(graph.punctured.any() for graph in graphs)
    members = tuple(
        each if hasattr(each, "kind") else default_member(each, punctured) for each in found
    )
    return CodeSetSpec(name_of([member.made_for for member in members]), members)


def default_member(graph, punctured: bool = False, message_bits: int = 3, **options):
    """The default spec of a code with the alphabet for sets with or without punctured bits."""
    from quant.alphabet_tables import default_alphabet

    alphabet = default_alphabet(message_bits, punctured).for_rate(graph.rate)
    return default_spec(graph, message_bits, alphabet=alphabet, schedule="layered", **options)


def name_of(codes: Sequence[str]) -> str:
    """A name for the hardware: the group's, or what the codes' names begin with, and ``_set``."""
    beginning = common_beginning(codes)
    if beginning and catalog.group(beginning) == tuple(codes):
        return verilog_name(beginning)
    return verilog_name(f"{beginning}_set" if beginning else NAME)


def _has_spec(part: str) -> bool:
    """Whether it is a spec file, or a preset of another name than any code has."""
    from quant import sources

    return not catalog.is_name(part) and sources.has_own_spec(part)
