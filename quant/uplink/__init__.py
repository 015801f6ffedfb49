"""An uplink in integers: a MIMO detector, and a decoder for every user behind it."""
