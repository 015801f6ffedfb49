"""The project's version, once: in ``--version``, in every artefact, in the package's metadata."""

VERSION = "0.2.0"
"""Semantic versioning: what a user may rely on are commands, their options, exit codes and JSON,
the fields of spec.json and build.json, ports of emitted Verilog, and ``unfoldhw``'s Python API."""
