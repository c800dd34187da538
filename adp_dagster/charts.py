"""Small line charts for Dagster's metadata: an SVG in an image tag, because that is all its markdown shows."""

import base64
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 150, 32, 34
COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4b5563")

Series = Mapping[str, Sequence[float | None]]


def line_chart(title: str, labels: Sequence[str], series: Series) -> str:
    """Markdown of a chart with a line for each series, one point for each label; None leaves a gap.

    >>> line_chart("null share", ["Jan", "Feb"], {"amount": [0.1, None]})[:44]
    '![null share](data:image/svg+xml;base64,PHN2'
    """
    encoded = base64.b64encode(svg(title, labels, series).encode()).decode()
    return f"![{title.translate(str.maketrans('', '', '[]'))}](data:image/svg+xml;base64,{encoded})"


def svg(title: str, labels: Sequence[str], series: Series) -> str:
    """The chart itself. The scale starts at zero unless values are negative."""
    values = [v for line in series.values() for v in line if v is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    if high == low:
        high = low + 1.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold" fill="#111827">{escape(title)}</text>',
        *_grid(low, high),
        *_ticks(labels),
    ]
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [(_x(i, len(labels)), _y(v, low, high)) if v is not None else None for i, v in enumerate(line)]
        parts += _line(points, colour)
        y = TOP + 10 + 16 * number
        parts.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 8}" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 29}" y="{y + 1}" fill="#374151">{escape(_short(name))}</text>')
    return "".join([*parts, "</svg>"])


def _line(points: Sequence[tuple[float, float] | None], colour: str) -> list[str]:
    drawn, stretch = [], list[tuple[float, float]]()
    for point in [*points, None]:
        if point is not None:
            stretch.append(point)
            drawn.append(f'<circle cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="2.5" fill="{colour}"/>')
        elif stretch:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in stretch)
            drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            stretch = []
    return drawn


def _grid(low: float, high: float) -> list[str]:
    drawn = []
    for step in range(5):
        value = low + (high - low) * step / 4
        y = _y(value, low, high)
        drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e5e7eb"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#6b7280">{value:.3g}</text>')
    return drawn


def _ticks(labels: Sequence[str]) -> list[str]:
    """As many labels as fit, the last one always."""
    every = max(1, -(-len(labels) // 6))
    shown = {i for i in range(len(labels)) if (len(labels) - 1 - i) % every == 0}
    return [
        f'<text x="{_x(i, len(labels)):.1f}" y="{HEIGHT - 12}" text-anchor="middle" fill="#6b7280">'
        f"{escape(_short(labels[i], 12))}</text>"
        for i in sorted(shown)
    ]


def _x(index: int, count: int) -> float:
    inner = WIDTH - LEFT - RIGHT
    return LEFT + (inner * index / (count - 1) if count > 1 else inner / 2)


def _y(value: float, low: float, high: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)


def _short(text: str, most: int = 20) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
