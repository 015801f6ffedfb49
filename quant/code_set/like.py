"""A code as a member of a set that it was not in: with the set's alphabet."""

from dataclasses import replace

import numpy as np

from model import catalog
from model.code import TannerGraph
from model.code_file import CodeFile
from model.errors import InputError
from quant import sources
from quant.code_section import from_graph
from quant.code_set.default import default_member
from quant.code_set.spec import CodeSetSpec, check_shared
from quant.fit import verilog_name
from quant.spec import Maps, Spec


def member_named(spec: CodeSetSpec, code: str | CodeFile | None, spec_file: str | None) -> Spec:
    """What ``--spec`` names, or the code that ``--code`` names, as a member of a set."""
    if spec_file is not None:
        return sources.spec_for(None, spec_file)
    if isinstance(code, str) and not catalog.is_name(code) and sources.has_own_spec(code):
        return sources.spec_for(code)
    graph = catalog.resolve(code)
    member = default_member(graph, any(m.graph().punctured.any() for m in spec.members),
                            spec.members[0].message_bits)  # fmt: skip
    try:
        check_shared((spec.members[0], member))
    except InputError:  # the set's alphabet is one that was fitted
        return member_like(spec, graph)
    return member


def member_like(spec: CodeSetSpec, graph: TannerGraph) -> Spec:
    """The spec of a code with the alphabet of a set, as its member of the nearest rate has it.

    That member's channel step, iterations and maps by iteration are the code's. ``InputError`` if
    the maps tell edges apart: those of another code say nothing of them.
    """
    nearest = min(spec.members, key=lambda member: abs(member.k / member.n - graph.rate))
    rows = [set(row) for row in nearest.maps.index]
    if any(len(row) > 1 for row in rows):
        raise InputError(
            f"{graph.name}: maps of {spec.name} depend on the edge, which another code does not "
            "have: give a spec with the set's maps (--spec)"
        )
    section, kept = from_graph(graph)
    index = tuple((row.pop(),) * len(kept) for row in rows)
    return replace(
        nearest,
        name=verilog_name(graph.name),
        code=section,
        maps=Maps(nearest.maps.codebook, index),
        layer_order=tuple(np.arange(len(section.rows)).tolist()),
        provenance={},
    )
