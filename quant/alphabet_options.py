"""The alphabet of a command line: the shipped one, in other number formats, or tables of one's own.
"""

import argparse
from dataclasses import replace

from model import options
from model.errors import InputError
from quant.alphabet import Alphabet
from quant.alphabet_tables import default_alphabet
from quant.min_sum.link import Channel

WIDE_BITS = 6


def add_to(p: argparse.ArgumentParser) -> None:
    """Add the options; those of :class:`quant.min_sum.link.Channel` have to be there, too."""
    number = p.add_argument_group("number formats")
    number.add_argument("--message-bits", type=int, default=3, help="2..6 (default 3)")
    number.add_argument(
        "--channel-bits", type=int,
        help=f"2..8 (default 4 to 6, with the messages; {WIDE_BITS} with fading or more than a bit "
        "a symbol, whose LLRs reach further and lie closer to 0)",
    )  # fmt: skip
    number.add_argument("--lsb", type=float, help="channel step in LLR; scales the whole alphabet")
    number.add_argument("--rise", choices=("mid_rise", "mid_tread"))
    number.add_argument("--app-shift", type=int, help="channel value is shifted left so far")
    number.add_argument("--app-bits", type=int, help="width of APP values")
    number.add_argument(
        "--odd-grid", action="store_true",
        help="on a grid twice as fine channel values 1, 5, 9, .. and even levels: every APP value "
        "is odd, and hardware keeps half of it",
    )  # fmt: skip
    number.add_argument("--thresholds", type=whole_list, metavar="T,T,..", help="own alphabet")
    number.add_argument(
        "--magnitudes", type=float_lists, metavar="M,M,..[/M,M,..]",
        help="what each cell stands for, goes with --thresholds; one list per stage",
    )  # fmt: skip
    number.add_argument(
        "--stages", type=whole_list, metavar="0,I,..", help="first iteration of each such list"
    )


def chosen(arguments: argparse.Namespace, rate: float, punctured: bool) -> Alphabet:
    """The shipped alphabet with the number formats and tables of the command line.

    rate : of the code, which decides the channel step
    punctured : whether the alphabet is for codes that have punctured bits
    """
    shipped = default_alphabet(arguments.message_bits, punctured)
    channel_bits, channel = arguments.channel_bits, options.chosen(arguments, Channel)
    if channel_bits is None and (channel.channel == "rayleigh" or channel.bits_per_symbol > 1):
        channel_bits = max(WIDE_BITS, shipped.channel_bits)
    alphabet = shipped.for_rate(rate).on_grid(
        channel_bits, arguments.rise, arguments.app_shift,
        None if arguments.odd_grid else arguments.app_bits,
    )  # fmt: skip
    if arguments.odd_grid:
        alphabet = alphabet.on_odd_grid()
        alphabet = replace(alphabet, app_bits=arguments.app_bits or alphabet.app_bits)
    if (arguments.thresholds is None) != (arguments.magnitudes is None):
        raise InputError("--thresholds and --magnitudes go together")
    if arguments.stages is not None and arguments.thresholds is None:
        raise InputError("--stages goes with --thresholds and --magnitudes")
    if arguments.thresholds is not None:
        due = (1 << (arguments.message_bits - 1)) - 1
        if len(arguments.thresholds) != due:
            raise InputError(
                f"--thresholds: {len(arguments.thresholds)} given, {arguments.message_bits}-bit "
                f"messages need {due}"
            )
        alphabet = replace(
            alphabet, thresholds=arguments.thresholds, magnitudes=arguments.magnitudes,
            stage_starts=arguments.stages or (0,),
        )  # fmt: skip
        _check_interleaving(alphabet)
    return alphabet if arguments.lsb is None else replace(alphabet, lsb_llr=arguments.lsb)


def _check_interleaving(alphabet: Alphabet) -> None:
    """``InputError`` for a magnitude that is neither in its own cell nor in a neighbouring one."""
    edges, cells = (0, 0, *alphabet.thresholds), len(alphabet.thresholds) + 1
    for stage, magnitudes in enumerate(alphabet.magnitudes):
        for place, magnitude in enumerate(magnitudes):
            cell = place % cells
            low, above = edges[cell], edges[cell + 3 :]
            if magnitude < low or (above and magnitude >= above[0]):
                end = f" to {above[0]}" if above else " on"
                raise InputError(
                    f"magnitudes[{stage}][{place}] is {magnitude:g}, outside its cell and the "
                    f"neighbouring ones, {low}{end}: thresholds and magnitudes do not interleave"
                )


def whole_list(text: str) -> tuple[int, ...]:
    """``"4,8,13"`` to whole numbers."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of whole numbers") from None


def float_lists(text: str) -> tuple[tuple[float, ...], ...]:
    """``"1.3,5.3/1.5,6"`` to lists of numbers."""
    try:
        return tuple(tuple(float(part) for part in piece.split(",")) for piece in text.split("/"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers") from None
