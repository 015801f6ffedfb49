"""An array of cells that multiply by a channel matrix and its adjoint, round after round.

Distributed arithmetic over signed bit planes; between the products stands an element-wise function
that whoever builds on the array supplies (:class:`hw.mimo_array.geometry.ArrayGeometry`).
"""
