"""Burn-up of a phase as SVG: what was accepted, what was planned, when the rest is likely."""

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from vtour.rollout.burnup import BurnUp, PhaseForecast
from vtour.rollout.wording import day, number
from vtour.rollout.words.say import say

WIDTH, HEIGHT = 380, 220
LEFT, RIGHT, TOP, BOTTOM = 34, 12, 18, 26
MARGIN_DAYS = 20
MOST_TICKS = 7


@dataclass(frozen=True)
class Frame:
    """What a chart shows: days from left to right, sites from bottom to top."""

    first: date
    last: date
    most: int

    def x(self, on: date) -> float:
        """Pixels of a day."""
        share = (on - self.first).days / max((self.last - self.first).days, 1)
        return round(LEFT + min(max(share, 0), 1) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, count: float) -> float:
        """Pixels of a number of sites."""
        return round(HEIGHT - BOTTOM - count / self.most * (HEIGHT - TOP - BOTTOM), 1)


def burn_up_svg(line: BurnUp, forecast: PhaseForecast, today: date, language: str) -> str:
    """One phase. The same is said in words beside it: the picture has a title only."""
    frame = _frame(line, forecast, today)
    title = say("chart_title", language, phase=line.phase)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">',
        *_axes(frame, line, language),
        _path("plan", [(line.start, 0), (line.end, line.expected)], frame),
        _today(frame, today, language),
        *_done(frame, line, today),
        *_range(frame, forecast, line.expected),
        "</svg>",
    ]
    return "".join(parts)


def _frame(line: BurnUp, forecast: PhaseForecast, today: date) -> Frame:
    days = [line.start, line.end, *(on for on, _ in line.points)]
    days += [on for on in (forecast.likely, forecast.cautious) if on]
    if line.points and forecast.remaining:
        days.append(today)
    counts = [line.expected, *(count for _, count in line.points), 1]
    margin = timedelta(days=MARGIN_DAYS)
    return Frame(min(days) - margin, max(days) + margin, max(counts))


def _axes(frame: Frame, line: BurnUp, language: str) -> list[str]:
    bottom, right = frame.y(0), WIDTH - RIGHT
    parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
    for count in sorted({0, line.expected}):
        parts.append(
            f'<text x="{LEFT - 6}" y="{frame.y(count) + 4}" text-anchor="end">'
            f"{number(count, language)}</text>"
        )
    parts.append(f'<path class="goal" d="M{LEFT} {frame.y(line.expected)}H{right}"/>')
    for on, label in _ticks(frame):
        x = frame.x(on)
        parts.append(
            f'<path class="axis" d="M{x} {bottom}v4"/>'
            f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
        )
    return parts


def _ticks(frame: Frame) -> list[tuple[date, str]]:
    """The first days of years, and of quarters where there is room."""
    years = range(frame.first.year, frame.last.year + 1)
    quarters = [date(year, month, 1) for year in years for month in (1, 4, 7, 10)]
    shown = [on for on in quarters if frame.first <= on <= frame.last]
    if len(shown) > MOST_TICKS:
        shown = [on for on in shown if on.month == 1]
    every = -(-len(shown) // MOST_TICKS) if shown else 1
    return [(on, f"{on:%Y}" if on.month == 1 else f"{on:%m}") for on in shown[::every]]


def _path(kind: str, points: list[tuple[date, int]], frame: Frame) -> str:
    text = "L".join(f"{frame.x(on)} {frame.y(count)}" for on, count in points)
    return f'<path class="{kind}" d="M{text}"/>'


def _today(frame: Frame, today: date, language: str) -> str:
    if not frame.first <= today <= frame.last:
        return ""
    x = frame.x(today)
    anchor = "end" if x > WIDTH / 2 else "start"
    gap = -4 if anchor == "end" else 4
    return (
        f'<path class="today" d="M{x} {TOP - 6}V{frame.y(0)}"/>'
        f'<text class="small" x="{x + gap}" y="{TOP - 6}" text-anchor="{anchor}">'
        f"{day(today, language)}</text>"
    )


def _done(frame: Frame, line: BurnUp, today: date) -> list[str]:
    """Steps up to today, filled below, with a dot at each change."""
    if not line.points:
        return []
    end = min(max(today, line.points[-1][0]), frame.last)
    steps = f"M{frame.x(line.points[0][0])} {frame.y(0)}"
    for on, count in line.points:
        steps += f"H{frame.x(on)}V{frame.y(count)}"
    steps += f"H{frame.x(end)}"
    dots = "".join(
        f'<circle class="dot" cx="{frame.x(on)}" cy="{frame.y(count)}" r="2.5"/>'
        for on, count in line.points
    )
    return [
        f'<path class="area" d="{steps}V{frame.y(0)}Z"/>',
        f'<path class="done" d="{steps}"/>',
        dots,
    ]


def _range(frame: Frame, forecast: PhaseForecast, expected: int) -> list[str]:
    if forecast.likely is None or forecast.cautious is None:
        return []
    y, left, right = frame.y(expected), frame.x(forecast.likely), frame.x(forecast.cautious)
    return [
        f'<path class="range" d="M{left} {y}H{right}"/>',
        f'<circle class="likely" cx="{left}" cy="{y}" r="4"/>',
        f'<path class="cautious" d="M{right} {y - 6}v12"/>',
    ]
