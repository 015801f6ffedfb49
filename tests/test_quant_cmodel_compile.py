"""Generated C++ as its users compile it: no warning, and nothing that a sanitizer finds."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from small_precoders import small_precoder
from small_specs import flooding_spec, small_spec

from model import catalog, families
from model.code import TannerGraph
from quant.fit import default_spec
from quant.kinds import family_of
from quant.sources import spec_for

COMPILERS = [name for name in ("g++", "clang++") if shutil.which(name)]
STRICT = ("-std=c++17", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror")
SANITIZED = ("-O1", "-g", "-fsanitize=undefined,address", "-fno-sanitize-recover=all")


def regular(z: int = 8) -> TannerGraph:
    """All rows of one degree, which is what takes a compiler the least time."""
    exponents = np.random.default_rng(3).integers(0, z, (2, 6))
    return TannerGraph.from_exponents(exponents, z, "regular")


def chain():
    from toy_chain.spec import ChainSpec

    first = flooding_spec(z=8, graph=regular(), iterations=2)
    return ChainSpec(name="both", first=first, second=small_spec(8, graph=regular()))


def code_set():
    from small_sets import mixed_set

    return mixed_set()


SPECS = {
    "layered": lambda: small_spec(8, graph=regular()),
    "layered, odd APP": lambda: small_spec(8, graph=regular(), even=True),
    "flooding": lambda: flooding_spec(z=8, graph=regular()),
    "unstructured": lambda: default_spec(catalog.get("bch_15_11"), schedule="flooding"),
    "chain": chain,
    "code set": code_set,
    "precoder": small_precoder,
}
PRESETS = ("qc_ldpc", "qc_ldpc_small", "qc_ldpc_flooding", "nr5g_bg2_z16", "bch_63_36",
           "ccsds_128_64_layered", "mimo_precoder", "mimo_precoder_t8")  # fmt: skip


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent / "toy")
    families.families.cache_clear()
    yield
    families.families.cache_clear()


def written(spec, folder: Path) -> str:
    """Write the C model; return the name of its source."""
    texts = families.need(family_of(spec), "c_model")(spec)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return next(name for name in texts if name.endswith(".cpp"))


def compile_silently(compiler: str, folder: Path, *words: str) -> None:
    """Neither warnings nor notes."""
    found = subprocess.run([compiler, *STRICT, *words], cwd=folder, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("kind", SPECS)
def test_no_warning(kind, compiler, tmp_path):
    """At one vector width, which is all the text in a third of the time."""
    source = written(SPECS[kind](), tmp_path)
    compile_silently(compiler, tmp_path, "-O3", "-DCM_PORTABLE", "-c", source)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", [*SPECS, *PRESETS])
def test_no_warning_at_any_width(name, compiler, tmp_path):
    source = written(SPECS[name]() if name in SPECS else spec_for(name), tmp_path)
    for machine in ([], ["-march=native"]):
        compile_silently(compiler, tmp_path, "-O3", *machine, "-c", source)


DECODER_MAIN = """
#include "@SOURCE@"
#include <cstdio>

int main() {
    const int n = CM_NAME(n)(), all = CM_NAME(n_variables)(), k = CM_NAME(k)(), frames = 75;
    std::vector<uint8_t> words(frames * all), bits(frames * all), information(frames * k);
    std::vector<uint8_t> decoded(frames), used(frames);
    std::vector<float> llr(frames * n);
    std::vector<int8_t> codes(frames * n);
    std::vector<int16_t> soft(frames * all);
    std::vector<int32_t> odd(frames);
    std::vector<uint32_t> errors(frames);
    int failed = 0;
    for (int bytes : {16, 32, 64}) {
        if (CM_NAME(use_vector_bytes)(bytes)) continue;
        for (int bits_per_symbol : {1, 4, 6, 8}) {
            for (int kind = 0; kind < 3; kind++) {
                const double parameter = kind == 1 ? 0.02 : 0.5;
                failed |= CM_NAME(frames)(kind, bits_per_symbol, parameter, 1, 2, 500, frames,
                                          words.data(), llr.data());
                failed |= CM_NAME(simulate)(kind, bits_per_symbol, parameter, 1, 2, 500, frames,
                                            errors.data(), decoded.data(), used.data());
            }
        }
        CM_NAME(quantise)(llr.data(), frames * n, codes.data());
        failed |= CM_NAME(decode)(codes.data(), frames, bits.data(), decoded.data(), used.data());
        failed |= CM_NAME(decode_soft)(codes.data(), nullptr, frames, bits.data(), decoded.data(),
                                       used.data(), soft.data(), odd.data());
        for (int16_t& value : soft) value = int16_t(std::min(int(value), CM_NAME(value_limit)()));
        for (int16_t& value : soft) value = int16_t(std::max(int(value), -CM_NAME(value_limit)()));
        failed |= CM_NAME(decode_soft)(nullptr, soft.data(), frames, bits.data(), decoded.data(),
                                       used.data(), nullptr, nullptr);
        CM_NAME(extract_information)(bits.data(), frames, information.data());
        failed |= CM_NAME(encode)(information.data(), frames, words.data());
    }
    std::printf("%d %d", failed, CM_NAME(information_positions)()[k - 1] < all);
}
"""
PRECODER_MAIN = """
#include "@SOURCE@"
#include <cstdio>

int main() {
    const int antennas = CM_NAME(antennas)(), users = CM_NAME(users)(), vectors = 21, blocks = 2;
    std::vector<float> channel(blocks * users * antennas * 2), noise(blocks * vectors * users * 2);
    std::vector<int32_t> h(channel.size());
    std::vector<int8_t> symbols(noise.size());
    std::vector<uint8_t> bits(blocks * vectors * antennas * 2);
    std::vector<uint32_t> errors(blocks * users), saturated(blocks), parts(blocks);
    int64_t count = 0;
    int failed = 0;
    for (int bytes : {16, 32, 64}) {
        if (CM_NAME(use_vector_bytes)(bytes)) continue;
        failed |= CM_NAME(draw)(vectors, 1, 2, 3, blocks, channel.data(), symbols.data(),
                                noise.data());
        CM_NAME(quantise_channel)(channel.data(), int64_t(channel.size()), h.data());
        failed |= CM_NAME(precode)(h.data(), blocks, vectors, symbols.data(), bits.data(), &count);
        failed |= CM_NAME(simulate)(0.3, vectors, 1, 2, 3, blocks, errors.data(), saturated.data(),
                                    parts.data());
    }
    std::printf("%d %d", failed, 1);
}
"""


CODE_SET_MAIN = """
#include "@SOURCE@"
#include <cstdio>

int main() {
    const int frames = 150, members = CM_NAME(members)();
    int failed = 0;
    for (int bytes : {16, 32, 64}) {
        if (CM_NAME(use_vector_bytes)(bytes)) continue;
        std::vector<uint32_t> control, status(members * frames + 2), errors(frames);
        std::vector<int32_t> lengths;
        std::vector<int8_t> codes;
        std::vector<uint8_t> decoded(frames), used(frames);
        int64_t results = 0;
        for (int code = 0; code < members; code++) {
            const int n = CM_NAME(n)(code), all = CM_NAME(n_variables)(code);
            std::vector<float> llr(frames * n);
            std::vector<uint8_t> words(frames * all), information(frames * CM_NAME(k)(code));
            failed |= CM_NAME(encode)(code, information.data(), frames, words.data());
            failed |= CM_NAME(frames)(code, 0, 1, 0.7, 1, 2, 500, frames, words.data(), llr.data());
            const size_t before = codes.size();
            codes.resize(before + llr.size());
            failed |= CM_NAME(quantise)(code, llr.data(), int64_t(llr.size()), &codes[before]);
            for (uint32_t f = 0; f < uint32_t(frames); f++) {
                control.push_back(f << 24 | (1 + f % 63) << 18 | f % 16 << 14 | uint32_t(code));
                lengths.push_back(n);
                results += CM_NAME(result_bits)(control.back());
            }
            failed |= CM_NAME(simulate)(control.back(), code, members, 0, 1, 0.7, 1, 2, 500, frames,
                                        errors.data(), decoded.data(), used.data());
            failed |= CM_NAME(information_positions)(code)[0] >= all;
        }
        for (uint32_t word : {uint32_t(members), 0u}) {  // no such code, no iterations
            control.push_back(word);
            lengths.push_back(3);
            codes.resize(codes.size() + 3);
            failed |= CM_NAME(result_bits)(word);
        }
        std::vector<uint8_t> bits(results);
        std::vector<int16_t> soft(results);
        for (int16_t* values : {soft.data(), static_cast<int16_t*>(nullptr)}) {
            failed |= CM_NAME(decode)(control.data(), lengths.data(), int64_t(control.size()),
                                      codes.data(), bits.data(), status.data(), values);
        }
        failed |= CM_NAME(n)(members) != -1 || CM_NAME(information_positions)(-1) != nullptr;
        failed |= CM_NAME(simulate)(0, 0, 1, 0, 1, 0.7, 1, 2, 0, frames, errors.data(),
                                    decoded.data(), used.data()) != -1;
    }
    std::printf("%d %d", failed, 1);
}
"""


OTHER_MAINS = {"precoder": PRECODER_MAIN, "code set": CODE_SET_MAIN}
MAINS = {kind: OTHER_MAINS.get(kind, DECODER_MAIN) for kind in SPECS}
del MAINS["chain"]  # its interface has other functions


def run_sanitized(kind: str, folder: Path, *words: str) -> None:
    """Call every function at every vector width that is compiled."""
    source = written(SPECS[kind](), folder)
    (folder / "main.cpp").write_text(MAINS[kind].replace("@SOURCE@", source))
    compile_silently("g++", folder, *SANITIZED, *words, "main.cpp", "-o", "main")
    run = subprocess.run([folder / "main"], capture_output=True, text=True)
    assert (run.returncode, run.stderr, run.stdout) == (0, "", "0 1")


def test_no_undefined_behaviour(tmp_path):
    run_sanitized("layered", tmp_path, "-DCM_PORTABLE")


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAINS)
def test_no_undefined_behaviour_at_any_width(kind, tmp_path):
    run_sanitized(kind, tmp_path)
