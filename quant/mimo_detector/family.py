"""What detectors supply in integers (:mod:`model.families`)."""

from quant.mimo_detector.spec import DetectorSpec as SPEC

__all__ = ["SPEC"]
