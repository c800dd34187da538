"""From scores to probabilities that hold: of all answers given with 0.9, nine in ten are right."""

import numpy as np
from numpy.typing import NDArray

from agents.minds.training.fit import Floats, softmax

BINS = 10


def temperature(scores: Floats, truth: NDArray[np.int64]) -> float:
    """What to divide scores by so that the truth gets the greatest likelihood (Guo and others, 2017)."""
    tried = np.geomspace(0.1, 5, 80)
    costs = [-np.log(softmax(scores / t)[np.arange(len(truth)), truth] + 1e-9).mean() for t in tried]
    return float(tried[int(np.argmin(costs))])


def calibration_error(confidence: NDArray[np.float32], right: NDArray[np.bool_], bins: int = BINS) -> float:
    """Expected calibration error: how far confidence and share of right answers lie apart, over equal bins.

    >>> round(calibration_error(np.array([0.9, 0.9], dtype=np.float32), np.array([True, True])), 2)
    0.1
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    parts = [(place == b) for b in range(bins) if (place == b).any()]
    return float(sum(p.mean() * abs(confidence[p].mean() - right[p].mean()) for p in parts))


def cut(confidence: NDArray[np.float32], right: NDArray[np.bool_], allowed: float) -> float:
    """The lowest confidence from which at most the allowed share of answers is wrong; 1.0 where there is none."""
    order = np.argsort(-confidence)
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    held = np.flatnonzero(wrong <= allowed)
    return float(confidence[order][held[-1]]) if len(held) else 1.0
