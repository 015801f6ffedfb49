"""Channels of a decoder's simulation: Eb/N0 to what the C model takes."""

from dataclasses import dataclass

from model.channel_options import ChannelOptions
from quant.cmodel.binding import Link
from quant.spec import Spec


@dataclass(frozen=True)
class Channel(ChannelOptions):
    """The options, and the link that they are for a spec at a point."""

    def at(self, ebn0_db: float, spec: Spec) -> Link:
        """The link at an Eb/N0 in dB; the rate is information bits by transmitted bits."""
        parameter = self.parameter(ebn0_db, spec.k / spec.n)
        return Link(self.channel, self.bits_per_symbol, parameter)
