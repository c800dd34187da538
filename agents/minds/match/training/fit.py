"""Weights of the matcher by conditional logistic regression: one of the candidates is it, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from agents.minds.match.decide import Judge
from agents.minds.match.evidence import FEATURES

Floats = NDArray[np.floating]
Rows = Sequence[Mapping[str, float]]
STEPS, RATE, DECAY, UNITS = 300, 0.03, 1e-2, 8
ALLOWED, ALLOWED_WITH_DATA = 0.05, 0.03
"""Shares of wrong ones among the decided, on generated cases held out, that the threshold keeps to. Of names that
people gave, in the open half of the benchmark, about two thirds as many go wrong."""
MARGIN = 0.15


def fit(cases: Sequence[tuple[Rows, int | None]], features: Sequence[str]) -> Judge:
    """Weights that make the right candidates of all cases likeliest; the same cases give the same weights."""
    width = max(len(rows) for rows, _ in cases)
    x = np.zeros((len(cases), width + 1, len(features) + 1), dtype=np.float32)
    there = np.zeros((len(cases), width + 1), dtype=bool)
    wanted = np.zeros(len(cases), dtype=np.int64)
    for i, (rows, right) in enumerate(cases):
        for j, row in enumerate(rows):
            x[i, j, :-1] = [row[f] for f in features]
        x[i, : len(rows), -1] = 1.0
        there[i, : len(rows)] = True
        there[i, width] = True  # none of them: a row of zeros
        wanted[i] = width if right is None else right
    plain, inner, outer = _descend(x, there, wanted)

    def told(weights: Floats) -> dict[str, float]:
        return {f: round(float(w), 4) for f, w in zip(features, weights[:-1], strict=True)}

    hidden = [(round(float(o), 4), round(float(w[-1]), 4), told(w)) for o, w in zip(outer, inner.T, strict=True)]
    return Judge(told(plain), round(-float(plain[-1]), 4), 1.0, 1.0, MARGIN, hidden)


def _descend(x: Floats, there: NDArray[np.bool_], wanted: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Adam over all cases at once: plain weights, those into the hidden units, and those out of them."""
    rng = np.random.default_rng(0)
    drawn = rng.normal(0, 0.3, (x.shape[2], UNITS)).astype(np.float32)
    weights: list[Floats] = [np.zeros(x.shape[2], np.float32), drawn, np.zeros(UNITS, np.float32)]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    target = np.zeros(there.shape, np.float32)
    target[np.arange(len(wanted)), wanted] = 1
    given = x[:, :, -1:]  # "none of them" has no units
    for step in range(1, STEPS + 1):
        plain, inner, outer = weights
        seen = np.tanh(x @ inner) * given
        off = (_shares(x @ plain + seen @ outer, there) - target) / np.float32(len(wanted))
        back = off[:, :, None] * outer * (1 - seen**2) * given
        flat = x.reshape(-1, x.shape[2])
        slopes = [off.ravel() @ flat, flat.T @ back.reshape(-1, UNITS), off.ravel() @ seen.reshape(-1, UNITS)]
        rate = RATE * (1 - step / (STEPS + 1))
        for n, slope in enumerate(slopes):
            slope = slope + DECAY * weights[n]
            first[n] = 0.9 * first[n] + 0.1 * slope
            second[n] = 0.999 * second[n] + 0.001 * slope**2
            weights[n] = weights[n] - rate * (first[n] / (1 - 0.9**step)) / (
                np.sqrt(second[n] / (1 - 0.999**step)) + 1e-8
            )
    return weights[0], weights[1], weights[2]


def extended(judge: Judge, cases: Sequence[tuple[Rows, int | None]], features: Sequence[str]) -> Judge:
    """The judge with weights for further features; what it knows stays, so that few cases are enough."""
    width = max(len(rows) for rows, _ in cases)
    x, base = (
        np.zeros((len(cases), width + 1, len(features) + 1), np.float32),
        np.full((len(cases), width + 1), -np.inf),
    )
    wanted = np.array([width if right is None else right for _, right in cases])
    for i, (rows, _) in enumerate(cases):
        base[i, : len(rows)], base[i, width] = [judge.score(row) for row in rows], judge.none
        for j, row in enumerate(rows):
            x[i, j, :-1] = [row[f] for f in features]
        x[i, width, -1] = 1.0
    weights, target = np.zeros(x.shape[2]), np.eye(width + 1)[wanted]
    for _ in range(STEPS):
        scores = base / judge.temperature + x @ weights
        weights -= RATE * 10 * (np.einsum("ij,ijk->k", _shares(scores, base > -np.inf) - target, x) / len(cases))
    added = {f: round(float(w) * judge.temperature, 4) for f, w in zip(features, weights[:-1], strict=True)}
    none = round(judge.none + float(weights[-1]) * judge.temperature, 4)
    return replace(judge, weights={**judge.weights, **added}, none=none)


def _shares(scores: Floats, there: NDArray[np.bool_]) -> Floats:
    scores = np.where(there, scores, -np.inf)
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def calibrated(judge: Judge, cases: Sequence[tuple[Rows, int | None]], allowed: float = ALLOWED) -> Judge:
    """With the temperature under which held-out cases are least surprising, and the threshold they call for."""

    def cooled(temperature: float) -> Judge:
        return replace(judge, temperature=temperature)

    best = min((0.6 + 0.1 * n for n in range(25)), key=lambda t: surprise(cooled(t), cases))
    judge = cooled(round(best, 2))
    at = next((n / 100 for n in range(50, 100) if _wrong(judge, cases, n / 100) <= allowed), 0.99)
    return replace(judge, decides_at=at)


def surprise(judge: Judge, cases: Sequence[tuple[Rows, int | None]]) -> float:
    """Mean negative logarithm of the probability of what is right."""
    logs = []
    for rows, right in cases:
        shares = judge.probabilities(rows)
        logs.append(-np.log(max(1 - sum(shares) if right is None else shares[right], 1e-9)))
    return float(np.mean(logs))


def _wrong(judge: Judge, cases: Sequence[tuple[Rows, int | None]], at: float) -> float:
    return measured(replace(judge, decides_at=at), cases)["wrong"]


def measured(judge: Judge, cases: Sequence[tuple[Rows, int | None]]) -> dict[str, float]:
    """Of cases that were held out: decided, of those wrong, first in the ranking, and the calibration error."""
    decided = wrong = answerable = taken = first = 0
    said: list[tuple[float, bool]] = []
    for rows, right in cases:
        shares = judge.probabilities(rows)
        ranked = sorted(shares, reverse=True)
        best = shares.index(ranked[0])
        answerable += right is not None
        first += right == best
        said.append((ranked[0], right == best))
        if ranked[0] >= judge.decides_at and ranked[0] - (ranked[1] if len(ranked) > 1 else 0.0) >= judge.margin:
            decided += 1
            wrong += right != best
            taken += right is not None
    return {
        "cases": len(cases),
        "decided_of_answerable": round(taken / max(answerable, 1), 4),
        "wrong": round(wrong / max(decided, 1), 4),
        "first": round(first / max(answerable, 1), 4),
        "calibration_error": round(calibration_error(said), 4),
    }


def calibration_error(said: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error: how far stated probabilities lie from how often they were right, by tenths."""
    total = 0.0
    for n in range(bins):
        mine = [(p, ok) for p, ok in said if n / bins <= p < (n + 1) / bins or (n == bins - 1 and p == 1)]
        if mine:
            total += abs(sum(p for p, _ in mine) - sum(ok for _, ok in mine)) / len(said)
    return total


__all__ = ["ALLOWED", "ALLOWED_WITH_DATA", "FEATURES", "calibrated", "calibration_error", "fit", "measured", "surprise"]
