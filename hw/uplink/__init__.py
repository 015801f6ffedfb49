"""Detector and decoder as one core."""
