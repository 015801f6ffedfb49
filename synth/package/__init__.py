"""What lies beside the Verilog in a build folder, so that it can be used at once.

Everything is made from one record (build.json), the spec, and the frames that the family supplies.
A part is a module with ``files(product)``, which returns the texts of files by their path in the
folder; none of them names a place outside it, so that the folder may be moved.
"""

from synth.package.made import files

__all__ = ["files"]
