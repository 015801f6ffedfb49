"""A bridge from a serial line to the streams of any design, for boards.

:mod:`hw.board.packets` says what goes over the line, for hardware and host alike; ``uart``,
``framing``, ``receiver``, ``dispatcher``, ``answers`` are the blocks, ``bridge`` puts them
together, ``top`` puts the bridge, a design and a clock into one Verilog text.
"""
