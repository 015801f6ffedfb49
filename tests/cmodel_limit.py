"""How near decoders' C models are to what the processor allows: ``python -m tests.cmodel_limit``.

One iteration of one vector of frames is timed as the difference of two models, one of which has
twice the iterations, on frames that no iteration verifies. Its instructions are counted in the
compiled library (``objdump``), row by row. How many of each sort the processor does in a cycle is
measured with loops of nothing else, the clock with a chain of complements. The limit is the sort
that takes longest if all others cost nothing (sorts that share a unit make it higher), or what the
same loads and stores take without arithmetic ("memory", measured: a decoder's words are more than
the first cache holds). "scheduled" adds that instructions wait for each other
(:mod:`tests.scheduled_cycles`; empty where ``llvm-mca`` is missing or does not know the processor).
Levels that lanes go on to and, with flooding, checks are timed, not counted. Not a test: other jobs
on the machine make single figures worse, so that the fastest of ``--rounds`` rounds counts, of
decoders as of loops.
"""

import argparse
import ctypes
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from model import cli
from model.errors import InputError
from quant import kinds
from quant.cmodel import CModel
from quant.cmodel.library import compiled
from quant.spec import Spec
from tests.cmodel_speed import seconds
from tests.scheduled_cycles import cycles as scheduled
from tests.scheduled_cycles import loop_of

SORTS = {
    "load": None, "store": None,  # by their operands
    "shuffle": r"vperm|vp(shuf|unpck|ack|align|mov[sz]x)|vext|vins|vpbroadcast[bwdq]",
    "shift": r"vps(ra|rl|ll)",
    "multiply": r"vpm(ul|add)|vpdp",
    "compare": r"vp(cmp|test)|vpmov[bwd]2m|k(and|or|mov|not|xor)",
    "minimum": r"vp(min|max|abs)",
    "other": r"v",
}  # fmt: skip
LOOPS = {
    "load": "vmovdqa64 {place}(%1), %%{v}{d}",
    "store": "vmovdqa64 %%{v}{d}, {place}(%1)",
    "shuffle": "vpshufb %%{v}14, %%{v}15, %%{v}{d}",
    "shift": "vpsraw $3, %%{v}15, %%{v}{d}",
    "multiply": "vpmullw %%{v}14, %%{v}15, %%{v}{d}",
    "compare": "vpcmpgtb %%{v}14, %%{v}15, %%k{k}",
    "minimum": "vpminub %%{v}14, %%{v}15, %%{v}{d}",
    "other": "vpaddw %%{v}14, %%{v}15, %%{v}{d}",
    "any": "vpaddw %%{v}14, %%{v}15, %%{v}{d}\\nadd $1, %%e{r}x",
}
HEAD = (
    "                                     instructions of an edge"
    "                                     scheduled\n",
    "preset                   B  frames/s   vector    all  cycles   IPC  limit set by        share"
    " cycles  share",
)
LOOP_COUNT, IN_LOOP = 4_000_000, 24
REGISTERS = {64: "zmm", 32: "ymm", 16: "xmm"}


def rates(size: int) -> dict[str, float]:
    """Instructions of each sort a nanosecond in vectors of ``size`` bytes, and "cycle": cycles."""
    functions = {"cycle": "not %%rax"}  # some add constants in no time
    for sort, text in LOOPS.items():
        if size < 64:  # as these are encoded there
            text = text.replace("vmovdqa64", "vmovdqa").replace("%%k{k}", "%%{v}{d}")
        functions[sort] = text
    lines = ["#include <cstdint>", f"alignas(64) static char room[{64 * IN_LOOP}];"]
    for name, text in functions.items():
        body = "\\n".join(
            text.format(v=REGISTERS[size], d=i % 13, k=i % 6 + 1, place=size * i, r="acd"[i % 3])
            for i in range(IN_LOOP)
        ).replace("\n", "\\n")
        clobbers = ", ".join(f'"xmm{i}"' for i in range(16))
        code = f'"1:\\n{body}\\ndec %0\\njnz 1b\\n" : "+r"(count) : "r"(room)'
        clobbers = f'"rax", "rcx", "rdx", {clobbers}, "memory", "cc"'
        lines.append(f'extern "C" void run_{name}(int64_t count) '
                     f'{{ asm volatile({code} : {clobbers}); }}')  # fmt: skip
    library = ctypes.CDLL(str(compiled({"rates.cpp": "\n".join(lines)}, "-march=native")))
    found = {}
    for name in functions:
        call, count = getattr(library, f"run_{name}"), ctypes.c_int64(LOOP_COUNT)
        taken = min(seconds(lambda call=call, count=count: call(count)) for _ in range(5))
        per = 2 if name == "any" else 1
        found[name] = per * IN_LOOP * LOOP_COUNT / taken / 1e9
    return found


TOUCH = """
#include <cstdint>
#include <cstring>
typedef int32_t V __attribute__((vector_size(SIZE), may_alias));
extern "C" void touch(char* app, char* sum, V* message, const uint32_t* place,
                      const int32_t* degree, int64_t rows, int64_t times) {
    for (; times--;) {
        V* m = message;
        const uint32_t* p = place;
        for (int64_t r = 0; r < rows; r++) {
            V a = {}, b = {};
            for (int e = 0; e < degree[r]; e++) a ^= *(V*)(app + p[e]), b ^= m[e];
            for (int e = 0; e < degree[r]; e++) m[e] = a, *(V*)(sum + p[e]) ^= b;
            m += degree[r];
            p += degree[r];
        }
    }
}
"""


def memory_cycles(spec: Spec, size: int, rate: dict[str, float]) -> float:
    """Cycles that an edge's loads and stores take in the order of the decoder's: two of variables
    and messages, two stores.
    """
    z, code = spec.code.lifting_size, spec.code
    layers = range(len(code.rows)) if spec.flooding else spec.layer_order
    rows = [[column * z + (i + shift) % z for column, shift in code.rows[layer]]
            for layer in layers for i in range(z)]  # fmt: skip
    place = np.concatenate(rows).astype(np.uint32) * size
    degrees = np.array([len(row) for row in rows], dtype=np.int32)
    texts = {"touch.cpp": TOUCH.replace("SIZE", str(size))}
    call = ctypes.CDLL(str(compiled(texts, "-march=native"))).touch

    def room(count: int) -> tuple[np.ndarray, int]:
        array = np.zeros(count * size + 4096, dtype=np.uint8)
        return array, -(-array.ctypes.data // 4096) * 4096

    arrays = [room(spec.n_variables), room(spec.n_variables), room(len(place))]
    app, sums, messages = (ctypes.c_void_p(start) for _, start in arrays)
    times = max(1, 10_000_000 // len(place))
    taken = min(
        seconds(lambda: call(app, sums if spec.flooding else app, messages,
                             ctypes.c_void_p(place.ctypes.data),
                             ctypes.c_void_p(degrees.ctypes.data),
                             ctypes.c_int64(len(rows)), ctypes.c_int64(times)))
        for _ in range(20)
    )  # fmt: skip
    return taken / (times * len(place)) * 1e9 * rate["cycle"]


class Counted(CModel):
    """A model whose layers are functions by themselves, so that they are found in the library."""

    def _compiled(self, *flags: str) -> Path:
        self.library = super()._compiled(*flags, "-DCM_LAYERS_APART", "-fno-ipa-icf")
        return self.library


def bodies(library: Path) -> Iterator[tuple[str, list[str]]]:
    """Name and instructions of each function of a library."""
    words = ["objdump", "-d", "-C", "--no-show-raw-insn", str(library)]
    try:
        text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    except OSError as error:
        raise InputError(f"objdump (Debian: binutils): {error.strerror}") from error
    for block in text.split("\n\n"):
        head, *lines = block.strip().splitlines() or [""]
        if head.endswith(">:"):
            yield head, [line.strip() for line in lines]


def looped(lines: list[str], times: int) -> Counter:
    """Instructions by sort, those from the first target of a jump back to the last such jump
    ``times`` times.
    """
    first, last = loop_of(lines)
    total = Counter()
    for i, line in enumerate(lines):
        for sort in sorts(line):
            total[sort] += times if first <= i <= last else 1
    return total


def sorts(line: str) -> list[str]:
    """What an instruction of the disassembly counts as; "any" is each."""
    found = re.match(r"[0-9a-f]+:\s+(\S+)\s*([^#<]*)", line)
    if not found:
        return []
    name, operands = found[1], found[2].strip()
    if not name.startswith(("v", "k")):
        return ["any"]
    *sources, target = re.split(r",(?![^(]*\))", operands)
    if "(" in target:
        return ["any", "store"]
    found = ["any"] + (["load"] if any("(" in source for source in sources) else [])
    loaded = "load" in found and name.startswith(("vmov", "vpbroadcast"))
    if loaded or (name.startswith("vmov") and "{" not in operands):
        return found  # no more than a load, or renamed
    return [*found, next(s for s, text in SORTS.items() if text and re.match(text, name))]


def counted(model: Counted) -> tuple[Counter, float]:
    """Of an iteration of a vector of frames: instructions by sort, and cycles of its loops by
    ``llvm-mca`` (0 where that does not know).
    """
    spec, total, cycles = model.spec, Counter(), 0.0
    check = 1 if spec.early_stop and not spec.flooding else 0
    rows = Counter(row_shapes(spec))
    for name, lines in bodies(model.library):
        found = re.search(r"update_rows<(\d+), .*Fresh\)0, .*Check\)(\d)>", name)
        if found and int(found[2]) == check and "Whole" not in name:
            times = rows[int(found[1])]
            for sort, number in looped(lines, spec.code.lifting_size).items():
                total[sort] += number * times
            cycles += (scheduled(lines) or 0) * times * spec.code.lifting_size
    return total, cycles


def row_shapes(spec: Spec) -> list[int]:
    """The shape of each row of the code, as the constants of its C model have it."""
    from quant.cmodel.emit import sources

    text = "".join(sources(spec).values())
    found = re.search(r"int row_shape\[\d+\] = \{([^}]*)\}", text)
    return [int(word) for word in found[1].split(",")]


def longer(spec: Spec) -> Spec:
    """The same with twice the iterations."""
    maps = replace(spec.maps, index=spec.maps.index * 2)
    return replace(spec, iterations=2 * spec.iterations, maps=maps)


def report(spec: Spec, size: int, rounds: int, rate: dict[str, float]) -> str:
    """One line of the table."""
    models = [Counted(spec), Counted(longer(spec))]
    for model in models:
        model.use_vector_bytes(size)
    lanes = models[0].lanes
    edges = len(spec.code.edge_columns) * spec.code.lifting_size
    frames = max(1, 10_000_000 // (edges * lanes)) * lanes
    low, high = spec.channel.minimum_code, spec.channel.maximum_code
    codes = np.random.default_rng(1).integers(low, high + 1, (frames, spec.n)).astype(np.int8)
    taken = [[], []]
    for turn in range(-1, rounds):
        for which in (0, 1) if turn % 2 else (1, 0):
            one = seconds(lambda which=which: models[which].decode(codes))
            if turn >= 0:
                taken[which].append(one)
    short, long = (min(each) for each in taken)
    vectors = frames / lanes * spec.iterations * edges
    cycles = (long - short) / vectors * 1e9 * rate["cycle"]
    count, waits = counted(models[0])
    vector = sum(count[sort] for sort in SORTS) - sum(count[s] for s in ("load", "store"))
    per_sort = {sort: number / rate[sort] * rate["cycle"] / edges for sort, number in count.items()}
    alu = vector / rate["other"] * rate["cycle"] / edges
    memory = memory_cycles(spec, size, rate)
    waiting = f"{waits / edges:6.2f} {100 * waits / edges / cycles:4.0f} %" if waits else ""
    limits = [*per_sort.items(), ("vector units", alu), ("memory", memory)]
    limit_of, limit = max(limits, key=lambda pair: pair[1])
    return (f"{spec.name:22} {size:3} {frames / short:9.0f} {vector / edges:8.1f} "
            f"{count['any'] / edges:6.1f} {cycles:7.2f} {count['any'] / edges / cycles:5.2f} "
            f"{limit:6.2f} {limit_of:13} {100 * limit / cycles:4.0f} % {waiting}")  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--specs", nargs="+", default=["qc_ldpc"], metavar="NAME|FILE")
    p.add_argument("--vector-bytes", type=int, default=0, help="16, 32, 64; 0 for the widest")
    p.add_argument("--rounds", type=int, default=60, help="(default 60)")
    args = p.parse_args(argv)
    rate = None
    for name in args.specs:
        spec = kinds.resolve(name)
        size = args.vector_bytes or CModel(spec).vector_bytes
        if rate is None:
            rate = rates(size)
            print(", ".join(f"{sort} {value / rate['cycle']:.1f}" for sort, value in rate.items()
                            if sort != "cycle"), f"a cycle, {rate['cycle']:.2f} GHz")  # fmt: skip
            print("".join(HEAD))
        print(report(spec, size, args.rounds, rate), flush=True)
    return 0


if __name__ == "__main__":
    cli.run(main)
