"""The bridge of a board, block by block: line, packets, clock, pins."""

import random

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth_bench import receive, send, simulate

from hw.board import boards
from hw.board.answers import Answers
from hw.board.boards import BOARDS, bit_cycles
from hw.board.clock import Pll
from hw.board.dispatcher import RESET_CYCLES, Dispatcher
from hw.board.framing import Framer
from hw.board.packets import ANSWER, COUNTERS, ESCAPE, FLAG, Identity, Kind, Packet, Unstuffer
from hw.board.packets import counters as counters_of
from hw.board.ports import DesignPorts
from hw.board.receiver import PacketReceiver
from hw.board.uart import UartReceiver, UartTransmitter
from model.errors import InputError

AWKWARD = bytes((FLAG, ESCAPE, FLAG ^ 0x20, ESCAPE ^ 0x20, 0, 255))


def packets(rng: random.Random, count: int, lengths: dict[int, int]) -> list[Packet]:
    """Of random bodies, half of them of bytes that are stuffed."""
    found = []
    for number in range(count):
        kind = rng.choice([*lengths])
        source = AWKWARD if number % 2 else bytes(range(256))
        found.append(Packet(kind, number % 256, bytes(rng.choices(source, k=lengths[kind]))))
    return found


def test_packets_come_back_from_any_pieces():
    rng, unstuffer = random.Random(1), Unstuffer()
    sent = packets(rng, 60, {1: 0, 2: 1, 3: 17})
    line = b"noise" + b"".join(packet.to_line() for packet in sent)
    got = []
    while line:
        size = rng.randrange(1, 9)
        got += unstuffer.packets(line[:size])
        line = line[size:]
    assert got == sent and unstuffer.bad == 1


@pytest.mark.parametrize(
    "line",
    [b"\x01\x7e", b"\x7d\x7e", b"\x01\x02\x7d\x7d\x05\x7e", b"\x7e" + bytes(6) + b"\x7e"],
)
def test_what_is_no_packet_is_counted(line):
    unstuffer = Unstuffer()
    assert [*unstuffer.packets(line)] == [] and unstuffer.bad == 1


def test_every_single_bit_is_noticed():
    line = Packet(Kind.FRAME, 3, AWKWARD).to_line()
    for place in range(8 * len(line)):
        wrong = bytearray(line)
        wrong[place // 8] ^= 1 << place % 8
        assert [*Unstuffer().packets(bytes(wrong) + b"\x7e")] == []


def test_identity_and_counters_are_read_as_written():
    identity = Identity(5, 2, 100_000_000, 1_000_000, 1296, 0, 164, 2, "ab" * 32, "cd" * 32)
    assert Identity.from_bytes(identity.to_bytes()) == identity
    with pytest.raises(ValueError, match="version 9"):
        Identity.from_bytes(b"\x09" + identity.to_bytes()[1:])
    names = (*COUNTERS, "level")
    body = b"".join(number.to_bytes(4, "little") for number in range(len(names)))
    assert counters_of(body, ("level",)) == {name: number for number, name in enumerate(names)}
    with pytest.raises(ValueError, match="bytes of counters"):
        counters_of(body[1:], ("level",))


class Line(wiring.Component):
    """A transmitter and a receiver on one wire."""

    def __init__(self, cycles: int):
        self.sender, self.receiver = UartTransmitter(cycles), UartReceiver(cycles)
        super().__init__({"go": In(1), "valid": Out(1), "data": Out(8)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.sender, m.submodules.receiver = self.sender, self.receiver
        m.d.comb += self.receiver.line.eq(self.sender.line)
        return m


@pytest.mark.parametrize("cycles", [4, 5, 33])
def test_uart_without_a_pause(cycles):
    line, words = Line(cycles), [0x00, 0xFF, 0x55, 0xAA, 0x01, 0x80]
    got, began = [], []

    async def source(ctx):
        fills = [lambda ctx, word=word: ctx.set(line.sender.i.payload, word) for word in words]
        await send(ctx, line.sender.i, fills, random.Random(1), 0)

    async def sink(ctx):
        cycle = 0
        while len(got) < len(words):
            *_, valid, data, error = await ctx.tick().sample(
                line.receiver.valid, line.receiver.data, line.receiver.error
            )
            cycle += 1
            assert not error
            if valid:
                got.append(data)
                began.append(cycle)

    simulate(line, source, sink)
    assert got == words
    assert {b - a for a, b in zip(began, began[1:], strict=False)} == {10 * cycles}


@pytest.mark.parametrize("cycles", [31.5, 34.5])
def test_uart_of_another_clock(cycles):
    """A line that is 4.5 % off; and after a byte without a stop bit the next one is right."""
    receiver, got, errors = UartReceiver(33), [], []
    bits = [1, 1]
    for word, stop in ((0x35, 1), (0x00, 1), (0xFF, 1), (0x42, 0), (0xA7, 1)):
        bits += [0, *((word >> bit) & 1 for bit in range(8)), stop] + [1] * (1 + 2 * (not stop))

    async def bench(ctx):
        for cycle in range(int(len(bits) * cycles)):
            ctx.set(receiver.line, bits[int(cycle / cycles)])
            *_, valid, data, error = await ctx.tick().sample(
                receiver.valid, receiver.data, receiver.error
            )
            got.extend([data] * valid)
            errors.extend([cycle] * error)

    simulate(receiver, bench)
    assert got == [0x35, 0x00, 0xFF, 0xA7] and len(errors) == 1


@pytest.mark.parametrize("stall", [0, 0.6])
def test_framer_says_what_the_host_reads(stall):
    framer, rng = Framer(), random.Random(3)
    sent = packets(rng, 12, {0x81: 5, 0x83: 0, 0x90: 23})
    line = b"".join(packet.to_line() for packet in sent)
    fills = []
    for packet in sent:
        content = bytes((packet.kind, packet.sequence)) + packet.body
        for place, byte in enumerate(content):
            value = {"byte": byte, "last": place == len(content) - 1}
            fills.append(lambda ctx, value=value: ctx.set(framer.i.payload, value))

    async def source(ctx):
        await send(ctx, framer.i, fills, random.Random(4), stall / 2)

    async def sink(ctx):
        got = await receive(ctx, framer.o, framer.o.payload, len(line), random.Random(5), stall)
        assert bytes(got) == line

    simulate(framer, source, sink)


def test_receiver_takes_whole_packets_only():
    """Bits that are wrong, lengths and kinds that are none, none comes through."""
    lengths = {0x01: 0, 0x20: 9}
    receiver, rng = PacketReceiver(lengths, 64), random.Random(8)
    good = packets(rng, 40, lengths)
    line, due, counts = b"", b"", dict.fromkeys(("taken", "bad", "overflow", "refused"), 0)
    for number, packet in enumerate(good):
        piece = packet.to_line()
        if number % 4 == 1:
            wrong = bytearray(piece)
            wrong[rng.randrange(1, len(wrong) - 1)] ^= 1
            line += bytes(wrong)
            continue
        if number % 4 == 2:
            line += Packet(packet.kind ^ 0x40, 1, packet.body).to_line()
            line += Packet(0x20, 1, packet.body + b"x").to_line()
            counts["refused"] += 2
        line += piece
        due += piece
        counts["taken"] += 1
    seen = dict.fromkeys(counts, 0)

    async def source(ctx):
        for byte in line:
            ctx.set(receiver.data, byte)
            ctx.set(receiver.valid, 1)
            await ctx.tick()
            ctx.set(receiver.valid, 0)
            await ctx.tick().repeat(4)

    async def sink(ctx):
        contents = [bytes((p.kind, p.sequence)) + p.body for n, p in enumerate(good) if n % 4 != 1]
        size = sum(len(each) + 4 for each in contents)
        got = bytes(await receive(ctx, receiver.o, receiver.o.payload, size, random.Random(9), 0.2))
        for content in contents:
            assert got[: len(content)] == content
            got = got[len(content) + 4 :]

    async def watch(ctx):
        strobes = [getattr(receiver, name) for name in seen]
        async for *_, taken, bad, overflow, refused in ctx.tick().sample(*strobes):
            for name, value in zip(seen, (taken, bad, overflow, refused), strict=True):
                seen[name] += value

    simulate(receiver, source, sink, background=[watch])
    # A wrong byte may become a flag or an escape: then one packet is two pieces, or loses one.
    assert {name: seen[name] for name in ("taken", "overflow", "refused")} == {
        name: counts[name] for name in ("taken", "overflow", "refused")
    }
    assert 8 <= seen["bad"] <= 20


def test_receiver_without_room_drops_whole_packets():
    lengths = {0x20: 9}
    receiver, sent = PacketReceiver(lengths, 64), packets(random.Random(2), 6, {0x20: 9})
    strobes = {"taken": 0, "overflow": 0}

    async def bench(ctx):
        for byte in b"".join(packet.to_line() for packet in sent):
            ctx.set(receiver.data, byte)
            ctx.set(receiver.valid, 1)
            await ctx.tick()
            ctx.set(receiver.valid, 0)
            *_, taken, overflow = await ctx.tick().sample(receiver.taken, receiver.overflow)
            strobes["taken"] += taken
            strobes["overflow"] += overflow
        got = bytes(await receive(ctx, receiver.o, receiver.o.payload, 60, random.Random(1), 0))
        contents = [bytes((p.kind, p.sequence)) + p.body for p in sent[:4]]
        assert [got[15 * n : 15 * n + 11] for n in range(4)] == contents

    simulate(receiver, bench)
    assert strobes == {"taken": 4, "overflow": 2}  # of 15 bytes each in 63


def test_dispatcher_does_packets_in_their_order():
    """Beats, a context, a write, a reset, requests; nothing of one comes after the next one."""
    lengths = {0x01: 0, 0x03: 0, 0x10: 2, 0x20: 6, 0x21: 4}
    dispatcher = Dispatcher(lengths, frame_bytes=2, context_bytes=4, value_bits=11)
    sent = [Packet(0x20, 7, bytes(range(6))), Packet(0x21, 8, b"\x11\x22\x33\x44"),
            Packet(0x10, 9, b"\x34\x05"), Packet(0x01, 10), Packet(0x03, 11),
            Packet(0x20, 12, bytes(range(10, 16)))]  # fmt: skip
    line = b"".join(bytes((p.kind, p.sequence)) + p.body + b"CRC!" for p in sent)
    happened, resets = [], []

    async def source(ctx):
        fills = [lambda ctx, byte=byte: ctx.set(dispatcher.i.payload, byte) for byte in line]
        await send(ctx, dispatcher.i, fills, random.Random(1), 0.3)
        await ctx.tick().repeat(30)

    async def watch(ctx):
        rng, d = random.Random(2), dispatcher
        while True:
            ready = rng.random() < 0.4
            for port in (d.frame, d.context, d.ask):
                ctx.set(port.ready, ready)
            names = ctx.get(d.frame.valid), ctx.get(d.context.valid), ctx.get(d.ask.valid)
            for port, name, valid in zip((d.frame, d.context), "fc", names, strict=False):
                if valid and ready:
                    happened.append((name, ctx.get(port.payload.data), ctx.get(port.payload.last)))
            if names[2] and ready:
                payload = d.ask.payload
                happened.append(("a", ctx.get(payload.kind), ctx.get(payload.sequence)))
            if ctx.get(d.write):
                happened.append(("w", ctx.get(d.values)))
            if ctx.get(d.noted):
                happened.append(("n", ctx.get(d.number), ctx.get(d.sequence)))
            resets.append(ctx.get(d.reset))
            await ctx.tick()

    simulate(dispatcher, source, background=[watch])
    assert happened == [
        ("n", 0, 7), ("f", 0x0100, 0), ("f", 0x0302, 0), ("f", 0x0504, 1),
        ("c", 0x44332211, 1), ("a", 0x21, 8), ("w", 0x534), ("a", 0x10, 9), ("a", 0x01, 10),
        ("a", 0x03, 11), ("n", 0, 12), ("f", 0x0B0A, 0), ("f", 0x0D0C, 0), ("f", 0x0F0E, 1),
    ]  # fmt: skip
    assert sum(resets) == RESET_CYCLES


def test_answers_in_whole_bytes():
    """Results of 11-bit beats with a 10-bit status, and requests between them."""
    identity = bytes(range(40, 60))
    answers = Answers(identity, counters=3, bits=11, user_bits=10)
    due = [
        b"\x81\x05" + identity,
        b"\x82\x06" + b"".join(word.to_bytes(4, "little") for word in (7, 0xDEADBEEF, 1 << 31)),
        b"\xa0\x2a\x85\x02\x23\x01\xff\x07",
        b"\xa0\x2a\x85\x02\x00\x04\x11\x00",
    ]

    async def source(ctx):
        for number, word in enumerate((7, 0xDEADBEEF, 1 << 31)):
            ctx.set(answers.counters[number], word)
        ctx.set(answers.sequence, 0x2A)
        for kind, sequence in ((1, 5), (2, 6)):
            ctx.set(answers.ask.payload, {"kind": kind, "sequence": sequence})
            ctx.set(answers.ask.valid, 1)
            await ctx.tick().until(answers.ask.ready)
        ctx.set(answers.ask.valid, 0)
        fills = [
            lambda ctx, beat=beat: ctx.set(answers.result.payload, beat)
            for beat in ({"data": 0x123, "user": 0x285, "last": 0},
                         {"data": 0x7FF, "user": 0x285, "last": 1},
                         {"data": 0x400, "user": 0x285, "last": 0},
                         {"data": 0x011, "user": 0x285, "last": 1})
        ]  # fmt: skip
        await send(ctx, answers.result, fills, random.Random(1), 0.2)

    async def sink(ctx):
        got = []
        rng = random.Random(2)
        while len(got) < sum(map(len, due)):
            ready = rng.random() < 0.5
            ctx.set(answers.o.ready, ready)
            if ready and ctx.get(answers.o.valid):
                payload = answers.o.payload
                got.append((ctx.get(payload.byte), ctx.get(payload.last)))
            await ctx.tick()
        assert bytes(byte for byte, _ in got) == b"".join(due)
        ends = [sum(map(len, due[: n + 1])) - 1 for n in range(len(due))]
        assert [place for place, (_, last) in enumerate(got) if last] == ends

    simulate(answers, source, sink)
    assert due[0][0] == Kind.IDENTIFY | ANSWER


def test_pll_as_ecppll_has_it():
    """``ecppll -i 25 -o 100``: 1, 4, 6; others lie within its limits."""
    assert Pll.near(25_000_000, 100e6) == Pll(25_000_000, 1, 4, 6)
    for mhz in (25, 48, 60, 66.7, 77, 125, 200, 399):
        pll = Pll.near(25_000_000, 1e6 * mhz)
        assert 400e6 <= pll.vco_hz <= 800e6 and 0.97e6 * mhz <= pll.out_hz <= 1e6 * mhz
        assert pll.in_hz / pll.divide >= 3.125e6
    with pytest.raises(InputError, match="--clock 0.5: no PLL"):
        Pll.near(25_000_000, 0.5e6)


def test_baud_rates_that_a_clock_makes():
    assert bit_cycles(100_000_000, 3_000_000) == 33
    assert bit_cycles(12_000_000, 3_000_000) == 4
    for clock, baud in ((12_000_000, 5_000_000), (25_000_000, 5_700_000), (100, 0)):
        with pytest.raises(InputError, match=f"--baud {baud}"):
            bit_cycles(clock, baud)


@pytest.mark.parametrize("name", BOARDS)
def test_boards_are_whole(name):
    board = boards.named(name)
    sites = [site for _, site in board.sites()]
    assert len(sites) == len(set(sites)) and set(board.attributes) <= set(board.pins)
    assert {"clk", "rx", "tx", "lamp", *board.ones} == set(board.pins)
    assert bit_cycles(board.wiring().design_hz, boards.DEFAULT_BAUD) >= 4


def test_a_board_makes_only_clocks_that_it_has():
    with pytest.raises(InputError, match="--board arty: no such board; known: ulx3s, lifcl-evn"):
        boards.named("arty")
    with pytest.raises(InputError, match="--clock 50: the design runs with the clock"):
        boards.named("lifcl-evn").wiring(50.0)
    with pytest.raises(InputError, match="--clock 900: must be"):
        boards.named("ulx3s").wiring(900.0)
    assert boards.named("lifcl-evn").wiring(12.0).pll is None


def record(**changes) -> dict:
    """The part of a build.json that a bridge needs, of a small decoder."""
    widths = {"clk": 1, "rst": 1, "s_axis_tdata": 32, "s_axis_tvalid": 1, "s_axis_tlast": 1}
    outputs = {"s_axis_tready": 1, "m_axis_tdata": 9, "m_axis_tvalid": 1, "m_axis_tlast": 1,
               "m_axis_tuser": 20, "frame_dropped": 1, "level": 12}  # fmt: skip
    ports = {name: {"direction": "input", "width": w} for name, w in (widths | {"go": 3}).items()}
    ports["m_axis_tready"] = {"direction": "input", "width": 1}
    ports |= {name: {"direction": "output", "width": w} for name, w in outputs.items()}
    return {
        "top": "design", "ports": ports, "input_beats_per_frame": 5, "output_beats_per_frame": 3,
        "user_fields": {"dropped": [0, 4], "tag": [12, 8]}, "spec_sha": "ab" * 32,
        "verilog_sha": "cd" * 32,
    } | changes  # fmt: skip


def test_ports_as_build_json_has_them():
    ports = DesignPorts.of_record(record())
    assert ports.lengths == {0x01: 0, 0x02: 0, 0x03: 0, 0x10: 1, 0x20: 20}
    assert (ports.tag, ports.result_bytes, ports.status_bytes) == (12, 2, 3)
    assert ports.inputs == {"go": 3} and ports.counted == ("level",)
    assert ports.identity(1, 1).result_bytes == 3 + 3 * 2
    assert ports.credits * (20 + 6) < ports.depth


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"verilog_sha": None}, "field 'verilog_sha' is missing"),
        ({"top": "board_top"}, "board_... are a board's modules"),
        ({"ports": {"x_tdata": {"direction": "input", "width": 8}}}, "no use for streams x"),
    ],
)
def test_records_that_no_board_can_use(changes, message):
    with pytest.raises(InputError, match=f"^build.json: .*{message}"):
        DesignPorts.of_record(record(**changes))


def test_frames_that_are_too_long_for_a_board():
    with pytest.raises(InputError, match="design: frames of 400000 bytes are too long"):
        _ = DesignPorts.of_record(record(input_beats_per_frame=100_000)).depth
