"""What the bench is given: frames as beats, and what must come out.

A family's part in ``sim`` supplies ``stimulus(spec, build, frames, ebn0_db, seed)``. It returns a
:class:`~sim.stimulus.frames.Stimulus` whose expected outputs come from the family's golden model.
``build`` is the build.json record.
"""
