"""Netlists of device cells as what a simulator takes: as mapped, or as placed and routed.

:mod:`sim.netlist.document` reads the JSON that Yosys and nextpnr write, :mod:`sim.netlist.verilog`
makes Verilog of it, ``*.v`` are models of the cells that Yosys' library has none for, and
:mod:`sim.netlist.build` puts that in the place of a build's Verilog.
"""
