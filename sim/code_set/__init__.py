"""Sets of codes: frames of all codes as beats, with their control words."""
