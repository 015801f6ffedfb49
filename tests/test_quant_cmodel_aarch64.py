"""The C model on AArch64, compiled by a cross compiler and run by an emulator."""

import shutil
import subprocess

import numpy as np
import pytest

from quant import golden
from quant.cmodel import CModel
from quant.cmodel.emit import sources
from quant.min_sum.link import Channel
from quant.sources import spec_for

COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"
FRAMES = 200
MAIN = """
#include "@SOURCE@"
#include <cstdio>

int main() {
    const int n = CM_NAME(n)(), all = CM_NAME(n_variables)(), frames = @FRAMES@;
    std::vector<int8_t> codes(frames * n), again(frames * n);
    std::vector<float> llr(frames * n);
    std::vector<uint8_t> bits(frames * all), words(frames * all), decoded(frames), used(frames);
    std::vector<uint32_t> errors(frames);
    if (std::fread(codes.data(), 1, codes.size(), stdin) != codes.size()) return 1;
    if (CM_NAME(decode)(codes.data(), frames, bits.data(), decoded.data(), used.data())) return 1;
    if (CM_NAME(frames)(0, 1, 0.7, 1, 2, 0, frames, words.data(), llr.data())) return 1;
    CM_NAME(quantise)(llr.data(), frames * n, again.data());
    if (CM_NAME(simulate)(0, 1, 0.7, 1, 2, 0, frames, errors.data(), decoded.data(),
                          used.data())) return 1;
    std::fwrite(bits.data(), 1, bits.size(), stdout);
    std::fwrite(again.data(), 1, again.size(), stdout);
    std::fwrite(errors.data(), 4, errors.size(), stdout);
}
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["qc_ldpc", "qc_ldpc_4bit", "wifi_648_r12", "bch_63_36"])
def test_it_is_golden_and_makes_the_same_frames(name, tmp_path):
    for tool in (COMPILER, EMULATOR):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (apt install g++-aarch64-linux-gnu qemu-user)")
    spec = spec_for(name)
    for file, text in sources(spec).items():
        (tmp_path / file).write_text(text)
    main = MAIN.replace("@SOURCE@", f"{spec.name}_cmodel.cpp").replace("@FRAMES@", str(FRAMES))
    (tmp_path / "main.cpp").write_text(main)
    command = [COMPILER, "-std=c++17", "-O3", "-ffp-contract=off", "-fwrapv", "-static", "-Wall",
               "-Wextra", "-Werror", "main.cpp", "-o", "main"]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, check=True)
    here, at = CModel(spec), Channel().at(2.5, spec)
    codes = here.quantise(here.frames(at, 5, 0, 0, FRAMES)[1])
    run = subprocess.run([EMULATOR, tmp_path / "main"], input=codes.tobytes(), capture_output=True,
                         check=True)  # fmt: skip
    bits, quantised, errors = np.split(
        np.frombuffer(run.stdout, np.uint8), np.cumsum([FRAMES * spec.n_variables, codes.size])
    )
    assert (bits.reshape(FRAMES, -1) == golden.decode(spec, codes).bits).all()
    link = type(at)("awgn", 1, 0.7)
    own = here.quantise(here.frames(link, 1, 2, 0, FRAMES)[1])
    assert (quantised.view(np.int8).reshape(own.shape) == own).all()
    assert (errors.view(np.uint32) == here.simulate(link, 1, 2, 0, FRAMES).bit_errors).all()
