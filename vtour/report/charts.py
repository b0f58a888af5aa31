"""Charts of report.html as inline SVG: text from numbers, colours from the page's own styles."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from vtour.frames import FloatArray

WIDTH, HEIGHT = 360.0, 170.0
LEFT, RIGHT, TOP, FOOT = 8.0, 8.0, 22.0, 36.0


@dataclass(frozen=True)
class Bars:
    """A bar chart: counts by label; the label of every bar, or the edges between bars.

    classes : of each bar, for its colour.
    """

    title: str
    counts: Sequence[int]
    labels: Sequence[str]
    axis: str
    classes: Sequence[str] = ()

    @property
    def has_edges(self) -> bool:
        """Whether the labels stand between the bars."""
        return len(self.labels) == len(self.counts) + 1


def histogram(title: str, values: FloatArray, edges: Sequence[float], axis: str) -> Bars:
    """Count values between edges; what lies above the last edge counts in the last bar."""
    inside = np.minimum(values, np.nextafter(edges[-1], -np.inf))
    counts, _ = np.histogram(inside, np.asarray(edges))
    labels = [f"{edge:g}" for edge in edges]
    if len(values) and values.max() >= edges[-1]:
        labels[-1] = "more"
    return Bars(title, [int(count) for count in counts], labels, axis)


def round_edges(most: float, bars: int = 10) -> list[float]:
    """Edges 0, step, 2 step, ... with a step of 1, 2 or 5 times a power of ten, above ``most``."""
    if not most > 0:
        return [float(k) for k in range(bars + 1)]
    power = 10.0 ** np.floor(np.log10(most / bars))
    step = next(power * k for k in (1, 2, 5, 10) if power * k * bars >= most)
    count = int(np.ceil(most / step - 1e-9)) or 1
    return [float(f"{step * k:.6g}") for k in range(count + 1)]


def svg_of_bars(bars: Bars) -> str:
    """The chart; each bar's count stands above it, and in its tooltip."""
    number = max(1, len(bars.counts))
    wide = (WIDTH - LEFT - RIGHT) / number
    floor = HEIGHT - FOOT
    unit = (floor - TOP) / max(1, *bars.counts) if bars.counts else 0.0
    lines = [
        f'<svg class="chart" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-label="{escape(summary(bars))}">'
    ]
    for index, count in enumerate(bars.counts):
        x, high = LEFT + index * wide, count * unit
        kind = f" {bars.classes[index]}" if bars.classes else ""
        lines.append(
            f'<rect class="bar{kind}" x="{x + 1:.1f}" y="{floor - high:.1f}" '
            f'width="{wide - 2:.1f}" height="{high:.1f}"><title>{count:,}</title></rect>'
        )
        if count and number <= 8:
            text = f"{count:,}"
            lines.append(_text(x + wide / 2, floor - high - 5, text, "middle"))
    every = max(1, -(-len(bars.labels) // 8))
    for index, label in enumerate(bars.labels):
        shift = 0.0 if bars.has_edges else 0.5
        if index % every == 0 or (bars.has_edges and index == len(bars.labels) - 1):
            x = LEFT + (index + shift) * wide
            anchor = _anchor(x) if bars.has_edges else "middle"
            lines.append(_text(x, floor + 14, label, anchor))
    lines.append(f'<path class="axis" d="M{LEFT:g} {floor:g}H{WIDTH - RIGHT:g}"/>')
    lines.append(_text(WIDTH / 2, HEIGHT - 5, bars.axis, "middle"))
    return "".join([*lines, "</svg>"])


def summary(bars: Bars) -> str:
    """The chart in words, for who does not see it."""
    pairs = zip(bars.labels, bars.counts, strict=False)
    from_text = "from " if bars.has_edges else ""
    told = ", ".join(f"{from_text}{label}: {count:,}" for label, count in pairs)
    return f"{bars.title}; {bars.axis}; {told}"


def _anchor(x: float) -> str:
    if x < LEFT + 4:
        return "start"
    return "end" if x > WIDTH - RIGHT - 4 else "middle"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
