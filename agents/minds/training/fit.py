"""Multinomial logistic regression over TF-IDF of words and pieces of words, in numpy alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.minds.features import grams
from agents.minds.training.examples import Example

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Fitted:
    """What a fit learned: a row for each gram, a column for each cause."""

    vocabulary: tuple[str, ...]
    causes: tuple[str, ...]
    idf: Floats
    weights: Floats
    bias: Floats


def fit(
    texts: Sequence[Example], *, size: int, passes: int = 12, decay: float = 3e-5, rare: int = 4, seed: int = 0
) -> Fitted:
    """Learn from the texts; of all grams that are not rare only the `size` that decide most stay.

    A text `against` a cause makes that one less likely and says nothing of the others.

    Single-threaded and in a fixed order: the same texts give the same weights on the same machine.
    """
    causes = tuple(sorted({e.cause.value for e in texts if not e.against}))
    texts = [e for e in texts if e.cause.value in causes]
    counted = [grams(e.text) for e in texts]
    labels = np.array([causes.index(e.cause.value) for e in texts])
    against = np.array([e.against for e in texts])
    seen = Counter(g for c in counted for g in c)
    vocabulary = tuple(sorted(g for g, n in seen.items() if n >= rare))
    idf = _idf(vocabulary, seen, len(texts))
    first = _descend(counted, labels, against, len(causes), idf, max(4, passes // 2), decay, seed)
    strength = np.abs(first[0]).max(axis=1)
    kept = sorted(np.argsort(-strength)[:size].tolist())
    vocabulary = tuple(vocabulary[k] for k in kept)
    idf = _idf(vocabulary, seen, len(texts))
    weights, bias = _descend(counted, labels, against, len(causes), idf, passes, decay, seed)
    return Fitted(vocabulary, causes, np.array(list(idf.values()), dtype=np.float32), weights, bias)


def _idf(vocabulary: Sequence[str], seen: Counter[str], n: int) -> dict[str, float]:
    return {g: float(np.log((1 + n) / (1 + seen[g])) + 1) for g in vocabulary}


def _descend(
    counted: Sequence[Counter[str]],
    labels: NDArray[np.int64],
    against: NDArray[np.bool_],
    width: int,
    idf: dict[str, float],
    passes: int,
    decay: float,
    seed: int,
) -> tuple[Floats, Floats]:
    """Adam on batches, rare causes weighing more."""
    at = {g: n for n, g in enumerate(idf)}
    values = np.array(list(idf.values()), dtype=np.float32)
    rows = [_row(c, at, values) for c in counted]
    weigh = (len(labels) / (width * np.maximum(np.bincount(labels[~against], minlength=width), 1))) ** 0.5
    weights = np.zeros((len(idf) + 1, width), dtype=np.float32)
    first: NDArray[Any] = np.zeros_like(weights)
    second: NDArray[Any] = np.zeros_like(weights)
    rng, step, batch = np.random.default_rng(seed), 0, 256
    for turn in range(passes):
        rate = 0.03 * (1 - turn / passes) + 0.001
        order = rng.permutation(len(rows))
        for start in range(0, len(order), batch):
            mine = order[start : start + batch]
            x = np.zeros((len(mine), len(weights)), dtype=np.float32)
            x[:, -1] = 1
            for n, row in enumerate(mine):
                x[n, rows[row][0]] = rows[row][1]
            error = softmax(x @ weights)
            _less(error, labels[mine], against[mine])
            error *= (weigh[labels[mine]] / len(mine))[:, None].astype(np.float32)
            slope = x.T @ error + decay * weights
            step += 1
            first = 0.9 * first + 0.1 * slope
            second = 0.999 * second + 0.001 * slope**2
            weights -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights[:-1], weights[-1]


def _less(shares: Floats, labels: NDArray[np.int64], against: NDArray[np.bool_]) -> None:
    """Shares become the slope of what is to be smallest: -log p of the cause, or -log (1 - p) of what it is not."""
    at = np.arange(len(labels))
    one = shares[at, labels]
    shares[against] *= -(one / np.maximum(1 - one, 1e-6))[against, None]
    shares[at, labels] = np.where(against, one, one - 1)


def _row(counted: Counter[str], at: dict[str, int], idf: Floats) -> tuple[NDArray[np.int64], Floats]:
    known = [(at[g], n) for g, n in counted.items() if g in at]
    index = np.array([k for k, _ in known], dtype=np.int64)
    value = (1 + np.log(np.array([n for _, n in known], dtype=np.float32))) * idf[index]
    return index, value / (float(np.linalg.norm(value)) or 1.0)


def logits(fitted: Fitted, texts: Sequence[str]) -> Floats:
    """One row of scores for each text."""
    at = {g: n for n, g in enumerate(fitted.vocabulary)}
    rows = [_row(grams(t), at, fitted.idf) for t in texts]
    return np.stack([v @ fitted.weights[i] + fitted.bias for i, v in rows])


def softmax(scores: Floats) -> Floats:
    """Scores as shares of one."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)
