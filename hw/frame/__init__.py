"""Frames: what stands between a core and the streams outside, the same for every family.

A core computes; it has the typed ports of :mod:`hw.frame.ports` and knows no protocol of the
outside. :class:`hw.frame.shell.Shell` is the one place with AXI4-Stream, frame guard and
``m_axis_tuser``. Whatever is made of several cores (:class:`hw.frame.cores.Cores`) is a core again.
"""
