"""Noisy frames for the float decoder."""

import numpy as np
import torch

from model.channel import random_frames
from model.encode import Encoder


def noisy(graph, frames=8, ebn0_db=2.5, seed=1):
    rng = np.random.default_rng(seed)
    codewords, llr = random_frames(graph, Encoder(graph), frames, ebn0_db, rng)
    return codewords, torch.from_numpy(llr)
