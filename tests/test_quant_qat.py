"""Quantisation-aware training: golden forwards, useful gradients backwards, the command."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_specs import small_graph, small_spec, uneven_channel

from model import catalog
from model.errors import InputError
from model.losses import soft_frame_error
from quant import golden
from quant.fit import default_spec
from quant.qat.__main__ import main
from quant.qat.check_row import check_row
from quant.qat.decoder import TrainableDecoder
from quant.qat.training import Plan, Trainer
from quant.spec import FLOODING, Relaxation, load


def flooding(**changes):
    return small_spec(5, kind=FLOODING, layer_order=(), app_bits=11, **changes)


SPECS = {
    "ties": small_spec(5, ties=True),
    "ties of three": small_spec(5, ties=2),
    "maps by edge": small_spec(7, maps="edge", ties=True, partial=True),
    "odd grid": small_spec(5, ties=True, even=True, app_bits=9,
                           channel=uneven_channel(1, 3, 5, 7, 9, 11, 13, 17)),
    "two bits": small_spec(4, message_bits=2, maps="one"),
    "four bits": small_spec(4, message_bits=4, rise="mid_tread"),
    "relaxed": small_spec(5, relaxation=Relaxation(2, 2)),
    "flooding": flooding(ties=True, maps="edge"),
    "flooding, relaxed": flooding(relaxation=Relaxation(1, 1)),
}


def frames(spec, count=60, seed=3):
    return np.random.default_rng(seed).normal(1.0, 2.5, (count, spec.n)).astype(np.float32)


@pytest.mark.parametrize("name", SPECS)
def test_forward_is_golden_bit_for_bit_after_every_iteration(name):
    spec = replace(SPECS[name], early_stop=False)
    llr = frames(spec)
    app = TrainableDecoder(spec)(llr)
    assert (app == app.round()).all()
    codes = golden.quantise_llr(spec, llr)
    for t in range(spec.iterations):
        shorter = replace(
            spec, iterations=t + 1, maps=replace(spec.maps, index=spec.maps.index[: t + 1])
        )
        assert ((app[t] < 0).numpy() == golden.decode(shorter, codes).bits).all()


@pytest.mark.parametrize("name", ["ties", "flooding, relaxed", "odd grid"])
def test_forward_is_golden_of_the_spec_it_returns_also_between_whole_numbers(name):
    spec = replace(SPECS[name], early_stop=False)
    decoder = TrainableDecoder(spec)
    rng = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in decoder.parameters():
            p += 3 * torch.rand(p.shape, generator=rng) - 1.5
    decoder.project()
    trained = decoder.spec()
    assert trained.maps != spec.maps and trained.channel != spec.channel
    if name == "odd grid":
        assert all(level % 2 == 0 for levels in trained.maps.codebook for level in levels)
    llr = frames(spec)
    bits = golden.decode(trained, golden.quantise_llr(trained, llr)).bits
    assert ((decoder(llr)[-1] < 0).numpy() == bits).all()


def test_gradients_of_a_row_by_hand():
    v2c = torch.tensor([2.0, -5.0, 9.0]).reshape(3, 1, 1).requires_grad_()
    levels = torch.tensor([[1.0, 3.0, 7.0, 15.0]]).requires_grad_()
    thresholds = torch.tensor([4.0, 8.0, 14.0]).requires_grad_()
    out = check_row(v2c, levels, thresholds, torch.zeros(3, dtype=torch.long))
    assert out.flatten().tolist() == [-3.0, 1.0, -1.0]
    (out * torch.tensor([1.0, 10.0, 100.0]).reshape(3, 1, 1)).sum().backward()
    assert levels.grad.tolist() == [[10.0 - 100.0, -1.0, 0.0, 0.0]]
    # Edge 0 hears of magnitude 5, edges 1 and 2 of 2. Triangles of half width 4: 2 is 2 below
    # threshold 4; 5 is 1 above it and 3 below threshold 8. The levels rise by 2 and by 4 there.
    assert thresholds.grad.tolist() == [2 * (3 / 16 + 90 / 8), 4 / 16, 0]
    # Magnitude 2 is 2 from a change of sign, too, by which the message moves by 2.
    assert v2c.grad.flatten().tolist() == [-90 * (2 / 8 + 2 / 8), 2 * 3 / 16 + 4 / 16, 0]


def test_every_number_gets_a_gradient():
    decoder = TrainableDecoder(replace(SPECS["ties"], thresholds=(3, 6, 9)))
    soft = decoder(frames(decoder.start, 300) + 1.5)
    torch.sigmoid(-0.05 * soft).mean().backward()
    for p in decoder.parameters():
        assert torch.isfinite(p.grad).all()
    assert (decoder.levels.grad != 0).sum() > 20
    assert (decoder.thresholds.grad != 0).all() and decoder.log_lsb.grad != 0


def test_projection_keeps_what_a_spec_can_hold():
    decoder = TrainableDecoder(SPECS["ties"], level_limit=20, top_floor=1.0)
    top = decoder.levels.detach()[:, 3].clone()
    with torch.no_grad():
        decoder.levels.copy_(torch.tensor([5.0, 2.0, 99.0, -4.0, 1, 0, 2, 3]).expand(3, 8))
        decoder.thresholds.copy_(torch.tensor([9.0, 9.2, -3.0]))
    decoder.project()
    spec = decoder.spec()  # which checks itself
    assert spec.thresholds == (9, 10, 11)
    assert spec.maps.codebook[0][:4] == (5, 5, 20, 20)
    assert (decoder.levels.detach()[:, 3] >= torch.minimum(top - 1, torch.tensor(20.0))).all()


def bad_start():
    """A code of 800 bits with levels far too large."""
    spec = small_spec(25, iterations=6, graph=small_graph(25, rows=4, columns=12))
    codebook = ((4, 9, 18, 30), (4, 9, 18, 30), (4, 9, 18, 30))
    return replace(
        spec, name="bad", thresholds=(4, 8, 14), maps=replace(spec.maps, codebook=codebook)
    )


def test_command_trains_resumes_and_improves_a_bad_alphabet(tmp_path, capsys):
    start, out = bad_start().save(tmp_path / "bad.json"), tmp_path / "better.json"
    options = f"--spec {start} --out {out} --ebn0 4.5:5.5 --hard 3 --batch 20 --lr 0.2"
    options += " --top-floor 20 --count-frames 20000"
    assert main(f"{options} --steps 25 --json".split()) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["steps"] == 25
    made = load(out).provenance["training"]
    before, after = made["frame_errors"]
    assert after < 0.9 * before and made["command"].startswith("python -m quant.qat --spec")
    assert load(out) != load(start)


def test_resumed_run_ends_with_the_numbers_of_an_uninterrupted_one(tmp_path):
    plan = Plan(steps=4, batch=8, ebn0_db=(2.5, 3.0), hard=3, lr=0.2)
    whole = Trainer(bad_start(), plan)
    whole.run()
    checkpoint = tmp_path / "c"
    part = Trainer(bad_start(), plan, checkpoint)
    part.run(until=2)
    again = Trainer(bad_start(), plan, checkpoint)
    again.resume()
    again.run()
    assert again.decoder.spec() == whole.decoder.spec() and again.history == whole.history
    with pytest.raises(InputError, match="made with top_floor"):
        Trainer(bad_start(), plan, checkpoint, top_floor=3.0).resume()
    with pytest.raises(InputError, match="lower hard or Eb/N0"):
        Trainer(bad_start(), Plan(ebn0_db=(30.0, 30.0))).frames(0)


@pytest.mark.parametrize(
    "options, message",
    [
        ("--hard 6", "must be less than the 6 iterations"),
        ("--top-floor -1", "top floor must not be negative"),
        ("--fix levels thresholds lsb", "nothing is left to train"),
        ("--ebn0 3:2", "is not LOW:HIGH"),
        ("--count-frames 0", "--count-frames must be at least 1"),
        ("--device cuda", "trained on the cpu"),
        ("--spec mimo_precoder_32x4", "family 'precoder' has no training on integers"),
    ],
)
def test_bad_arguments(options, message, tmp_path):
    start, out = bad_start().save(tmp_path / "s.json"), tmp_path / "x.json"
    with pytest.raises(InputError, match=message):
        main(["--spec", str(start), "--out", str(out), *options.split()])
    assert not out.exists()


@pytest.mark.slow
def test_gradients_point_where_the_loss_falls():
    """Against differences of one APP LSB, all levels, on frames that are hard to decode."""
    spec = default_spec(catalog.get("wifi_648_r12"))
    trainer = Trainer(spec, Plan(batch=300, ebn0_db=(2.4, 2.4)))
    decoder, (words, llr) = trainer.decoder, trainer.frames(0)
    bits = torch.from_numpy(words)

    def loss():
        soft = decoder(llr) * spec.channel.app_lsb_llr
        return soft_frame_error(soft[-1:], bits, 0.0)

    loss().backward()
    levels, differences = decoder.levels.detach().view(-1), []
    moved = levels > 0  # a level of 0 cannot go down
    for i in moved.nonzero().flatten():
        ends = []
        for by in (1, -1):
            levels[i] += by
            with torch.no_grad():
                ends.append(loss().item())
            levels[i] -= by
        differences.append((ends[0] - ends[1]) / 2)
    gradient = decoder.levels.grad.view(-1)[moved].numpy()
    assert np.corrcoef(gradient, differences)[0, 1] > 0.7
