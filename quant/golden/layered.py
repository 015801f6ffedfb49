"""The layered decoder: layers in the spec's order, all Z rows of a layer at once."""

from dataclasses import dataclass

import numpy as np

from quant.golden.arithmetic import saturate, shift_floor, shift_round
from quant.golden.channel import initial_app
from quant.golden.messages import magnitude_index, signed_level
from quant.golden.minsearch import extrinsic_index, two_minima
from quant.spec import Spec


@dataclass(frozen=True)
class Decoded:
    """What the decoder returns for a batch of frames.

    bits : (frames, n_variables) uint8 hard decisions in graph order
    decoded : (frames,) bool, the hard decisions were verified to satisfy every check
    iterations : (frames,) uint8, iterations used
    """

    bits: np.ndarray
    decoded: np.ndarray
    iterations: np.ndarray


@dataclass(frozen=True)
class _Layer:
    row: int
    variables: np.ndarray  # (degree, Z) graph variable of block edge e, lane i
    edges: np.ndarray  # (degree,) block-edge numbers


def decode(spec: Spec, codes: np.ndarray, batch: int = 256) -> Decoded:
    """Decode channel codes, integer (frames, n) in transmitted order, values of an int8."""
    parts = [_decode_batch(spec, codes[i : i + batch]) for i in range(0, len(codes), batch)]
    if not parts:
        raise ValueError("decode: no frames given")
    return Decoded(
        *(np.concatenate([getattr(p, f) for p in parts]) for f in Decoded.__dataclass_fields__)
    )


def _layers(spec: Spec) -> list[_Layer]:
    z, lanes, first, layers = spec.code.lifting_size, np.arange(spec.code.lifting_size), 0, []
    for row, block_row in enumerate(spec.code.rows):
        variables = np.array([c * z + (lanes + p) % z for c, p in block_row])
        layers.append(_Layer(row, variables, first + np.arange(len(block_row))))
        first += len(block_row)
    return [layers[row] for row in spec.layer_order]


def _decode_batch(spec: Spec, codes: np.ndarray) -> Decoded:
    layers, frames = _layers(spec), len(codes)
    # (variables, frames): a layer's gather then copies whole contiguous rows
    app = np.ascontiguousarray(initial_app(spec, codes).T.astype(np.int16))
    state = np.zeros((spec.n_block_edges, spec.code.lifting_size, frames), dtype=np.int16)
    bits = np.zeros((frames, spec.n_variables), dtype=np.uint8)
    decoded = np.zeros(frames, dtype=bool)
    iterations = np.full(frames, spec.iterations, dtype=np.uint8)
    running = np.arange(frames)
    for iteration in range(spec.iterations):
        verified = np.ones(len(running), dtype=bool)
        for position, layer in enumerate(layers):
            even, changed = _update_layer(spec, layer, iteration, app, state)
            verified &= even
            if position:
                verified &= ~changed
        last = iteration == spec.iterations - 1
        done = np.full(len(running), True) if last else verified & spec.early_stop
        if done.any():
            ended = running[done]
            bits[ended] = (app[:, done] < 0).T
            decoded[ended] = verified[done]
            iterations[ended] = iteration + 1
            running, app, state = running[~done], app[:, ~done], state[:, :, ~done]
        if not len(running):
            break
    return Decoded(bits, decoded, iterations)


def _update_layer(
    spec: Spec, layer: _Layer, iteration: int, app: np.ndarray, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Update ``app`` and ``state`` in place; return per frame: parity even, any bit changed."""
    relax = spec.relaxation
    before = app[layer.variables]  # (degree, Z, frames)
    stored = state[layer.edges]
    old = shift_round(stored, relax.frac_bits) if relax else stored
    v2c = before - old
    index = magnitude_index(v2c, spec.thresholds)
    negative = v2c < 0
    m1, m2 = two_minima(index, len(spec.thresholds))
    row_negative = np.logical_xor.reduce(negative, axis=0)
    extrinsic = extrinsic_index(index, m1, m2)
    codebook = np.array(spec.maps.codebook, dtype=np.int16)
    new = np.empty_like(v2c)
    for e, edge in enumerate(layer.edges):
        levels = codebook[spec.maps.index[iteration][edge]]
        new[e] = signed_level(extrinsic[e], row_negative ^ negative[e], levels)
    if relax:
        stored = stored + shift_floor((new << relax.frac_bits) - stored, relax.shift)
        new = shift_round(stored, relax.frac_bits)
    state[layer.edges] = stored if relax else new
    after = saturate(v2c + new, spec.app_max)
    app[layer.variables] = after
    odd = np.logical_xor.reduce(after < 0, axis=0).any(axis=0)
    changed = ((after < 0) != (before < 0)).any(axis=(0, 1))
    return ~odd, changed
