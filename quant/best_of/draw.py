"""Members by chance: the same decoder with other layers first and other maps, and the best few."""

from dataclasses import replace

import numpy as np
from tqdm import tqdm

from model.errors import InputError
from quant.cmodel import CModel
from quant.retry_lists import drawn_maps
from quant.spec import Maps, Spec

FEWEST_ENTRIES, WEAKER = 4, (0.8, 0.6)


def variant(spec: Spec, rng: np.random.Generator) -> Spec:
    """``spec`` with drawn maps, and drawn order of layers if it has any.

    A class of block edges (:func:`quant.retry_lists.drawn_maps`) has one entry of the codebook in
    all iterations; a codebook of few entries gets weaker ones before.
    """
    wide = replace(spec, maps=widened(spec.maps))
    (row,) = drawn_maps(wide, 1, int(rng.integers(1 << 31)))
    order = tuple(rng.permutation(spec.layer_order).tolist())
    maps = pruned(Maps(wide.maps.codebook, (row,) * spec.iterations))
    return replace(spec, maps=maps, layer_order=order, provenance={})


def widened(maps: Maps) -> Maps:
    """With weaker entries where there are fewer than four: levels times 0.8 and 0.6."""
    codebook = maps.codebook
    if len(codebook) < FEWEST_ENTRIES:
        codebook += tuple(_times(levels, factor) for factor in WEAKER for levels in maps.codebook)
    return replace(maps, codebook=tuple(dict.fromkeys(codebook)))


def _times(levels: tuple[int, ...], factor: float) -> tuple[int, ...]:
    """The nearest ones; all odd or all even where the given ones are: sums may be halved then."""
    scaled = np.array(levels) * factor
    if all(level & 1 for level in levels):
        nearest = 2 * np.floor(scaled / 2) + 1
    elif not any(level & 1 for level in levels):
        nearest = 2 * np.rint(scaled / 2)
    else:
        nearest = np.rint(scaled)
    return tuple(nearest.astype(int).tolist())


def pruned(maps: Maps) -> Maps:
    """Without entries that no edge uses."""
    used = sorted({entry for row in maps.index for entry in row})
    index = tuple(tuple(used.index(entry) for entry in row) for row in maps.index)
    return Maps(tuple(maps.codebook[entry] for entry in used), index)


def best_members(
    spec: Spec, count: int, candidates: int, codes: np.ndarray, seed: int
) -> tuple[list[Spec], list[int]]:
    """``spec`` and the ``count - 1`` of so many drawn ones that verify most of what is left.

    codes : int8 (frames, n), channel codes of frames that ``spec`` does not verify

    Returns the members and how many of the frames are left behind each. ``InputError`` if fewer
    candidates than that verify any more of them.
    """
    rng = np.random.default_rng(seed)
    drawn = [variant(spec, rng) for _ in range(candidates)]
    verified = np.stack([
        CModel(each).decode(codes).decoded
        for each in tqdm(drawn, desc="candidates", unit="decoder", leave=False)
    ])  # fmt: skip
    members, left, counts = [spec], np.ones(len(codes), bool), [len(codes)]
    for _ in range(count - 1):
        gains = (verified & left).sum(axis=1)
        best = int(gains.argmax())
        if not gains[best]:
            raise InputError(
                f"{spec.name}: of {candidates} candidates {len(members) - 1} verify frames that "
                f"others leave, {count - 1} are needed (--candidates, --failures, --members)"
            )
        left &= ~verified[best]
        members.append(drawn[best])
        counts.append(int(left.sum()))
    return members, counts
