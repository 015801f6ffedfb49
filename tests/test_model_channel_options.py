"""The options of a decoder's channel: what they mean and what is refused."""

import argparse

import pytest
from scipy.stats import norm

from model.channel import noise_deviation
from model.channel_options import CHANNELS, MODULATIONS, ChannelOptions
from model.errors import InputError
from model.options import add_to, chosen


@pytest.mark.parametrize(("modulation", "bits"), MODULATIONS.items())
def test_noise_is_of_a_symbol_of_energy_1(modulation, bits):
    for channel in ("awgn", "rayleigh"):
        options = ChannelOptions(channel, modulation)
        assert options.parameter(6.0, 0.75) == noise_deviation(6.0, 0.75 * bits)
        assert options.usual == ((channel, modulation) == ("awgn", "bpsk"))


def test_flips_are_those_of_hard_decisions():
    assert ChannelOptions("bsc").parameter(3.0, 0.5) == norm.sf(1 / noise_deviation(3.0, 0.5))
    assert ChannelOptions("bsc").parameter(40.0, 0.5) == 2.0**-32


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("fog", "bpsk"), "channel is 'fog', known: awgn, bsc, rayleigh"),
        (("awgn", "qpsk"), "modulation is 'qpsk', known: bpsk, qam16, qam64, qam256"),
        (("bsc", "qam16"), "channel bsc has modulation bpsk, not qam16"),
    ],
)
def test_what_there_is_not(values, message):
    with pytest.raises(InputError) as raised:
        ChannelOptions(*values)
    assert str(raised.value) == message


def test_points_beyond_numbers_are_refused():
    with pytest.raises(InputError, match="Eb/N0 is 101.0 dB, must be -100..100"):
        ChannelOptions().parameter(101.0, 0.5)


def test_on_a_command_line():
    parser = argparse.ArgumentParser()
    add_to(parser, ChannelOptions)
    assert chosen(parser.parse_args([]), ChannelOptions) == ChannelOptions()
    given = parser.parse_args(["--channel", "rayleigh", "--modulation", "qam64"])
    assert chosen(given, ChannelOptions) == ChannelOptions("rayleigh", "qam64")
    assert str(chosen(given, ChannelOptions)) == "rayleigh, qam64"
    for name in (*CHANNELS, *MODULATIONS):
        assert name in parser.format_help()
