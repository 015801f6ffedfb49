"""Tables of published learned decoders, trained here: ``python -m model.reproduce``."""
