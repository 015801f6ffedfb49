"""What the hardware computes, in integers: the spec, its golden model, the fit that makes it."""
