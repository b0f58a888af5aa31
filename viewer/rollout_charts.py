"""Charts of the rollout as plain geometry: bars of phases, accepted sites over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from vtour.rollout.read import DONE, BurnUp, PhaseFigures, PhaseForecast
from vtour.schema.catalog import SiteState

S = SiteState

GROUPS: dict[str, tuple[SiteState, ...]] = {
    "done": DONE,
    "review": (S.in_review,),
    "work": (S.captured, S.delivered, S.processing),
    "ahead": (S.planned, S.permitted),
    "aside": (S.returned, S.on_hold, S.withdrawn),
}
LEAST_LABEL = 6.0
"""A part of a bar narrower than so many per cent has no number inside."""


@dataclass(frozen=True)
class BarPart:
    """One part of a bar: what it counts, and where it is, in per cent of the bar."""

    group: str
    count: int
    start: float
    width: float

    @property
    def has_room(self) -> bool:
        """Whether its number can stand inside."""
        return self.width >= LEAST_LABEL


def bar_of(figures: PhaseFigures) -> list[BarPart]:
    """The states of a phase as parts of one bar; what the plan asks for beyond them comes last."""
    counts = {
        group: sum(figures.by_state.get(state, 0) for state in states)
        for group, states in GROUPS.items()
    }
    counts["unlisted"] = max(figures.expected - figures.listed, 0)
    whole = sum(counts.values())
    parts, start = [], 0.0
    for group, count in counts.items():
        if count:
            width = count / whole * 100
            parts.append(BarPart(group, count, round(start, 3), round(width, 3)))
            start += width
    return parts


@dataclass(frozen=True)
class Mark:
    """A line of the chart's grid and what is written at it."""

    at: float
    text: str


@dataclass(frozen=True)
class BurnUpChart:
    """Accepted sites of one phase over time. Pixels of the drawing, +y down.

    actual, plan : the data of SVG paths; ``band``: left and width of the forecast.
    """

    phase: str
    width: float
    height: float
    left: float
    bottom: float
    top: float
    right: float
    plan: str
    actual: str
    area: str
    last: tuple[float, float] | None
    count: int
    expected: int
    band: tuple[float, float] | None
    today: float | None
    days: list[Mark]
    counts: list[Mark]
    points: list[tuple[date, int]]


WIDTH, HEIGHT = 380.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 12.0, 14.0, 26.0
FARTHEST = timedelta(days=3 * 366)
"""How far beyond the end of a phase and today a forecast stretches its chart."""


def burn_up_chart(line: BurnUp, forecast: PhaseForecast | None, today: date) -> BurnUpChart:
    """The chart of one phase, from its start to the last day that matters for it."""
    points = [(day, count) for day, count in line.points if day <= today]
    count = points[-1][1] if points else 0
    is_full = count >= line.expected > 0
    days = [line.start, line.end, *(day for day, _ in points)]
    if not is_full and line.start <= today:
        days.append(today)
    ahead = forecast and (forecast.cautious or forecast.likely)
    if forecast and ahead:
        days.append(min(ahead, max(today, line.end) + FARTHEST))
    first, last = min(days), max(days)
    most = max(line.expected, count, 1)
    axes = Axes(first, last, most)
    x, y = axes.x, axes.y
    until = last if is_full else min(today, last)
    return BurnUpChart(
        phase=line.phase,
        width=WIDTH, height=HEIGHT, left=LEFT, right=WIDTH - RIGHT, top=TOP,
        bottom=HEIGHT - BOTTOM,
        plan=f"M{x(line.start):g} {y(0):g}L{x(line.end):g} {y(line.expected):g}"
        + (f"L{x(last):g} {y(line.expected):g}" if last > line.end else ""),
        actual=_steps(points, axes, until),
        area=_area(points, axes, until),
        last=(x(points[-1][0]), y(count)) if points else None,
        count=count,
        expected=line.expected,
        band=_band(forecast, axes),
        today=x(today) if first < today < last else None,
        days=_day_marks(axes),
        counts=_count_marks(axes),
        points=points,
    )  # fmt: skip


class Axes:
    """Days and numbers of sites to pixels."""

    def __init__(self, first: date, last: date, most: int) -> None:
        self.first, self.last, self.most = first, last, most

    def x(self, day: date) -> float:
        """Pixels from the left; days outside lie at the edge."""
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(max(share, 0.0), 1.0), 1)

    def y(self, count: float) -> float:
        """Pixels from the top."""
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / self.most, 1)


def _steps(points: Sequence[tuple[date, int]], axes: Axes, until: date) -> str:
    if not points:
        return ""
    path = f"M{axes.x(points[0][0]):g} {axes.y(0):g}"
    for day, count in points:
        path += f"H{axes.x(day):g}V{axes.y(count):g}"
    return path + (f"H{axes.x(until):g}" if until > points[-1][0] else "")


def _area(points: Sequence[tuple[date, int]], axes: Axes, until: date) -> str:
    steps = _steps(points, axes, until)
    return f"{steps}V{axes.y(0):g}Z" if steps else ""


def _band(forecast: PhaseForecast | None, axes: Axes) -> tuple[float, float] | None:
    if forecast is None or forecast.likely is None or forecast.likely > axes.last:
        return None
    left, right = (
        axes.x(max(forecast.likely, axes.first)),
        axes.x(min(forecast.cautious or axes.last, axes.last)),
    )
    return left, max(round(right - left, 1), 2.0)


def _day_marks(axes: Axes) -> list[Mark]:
    """Starts of years; of quarters when there are few of them."""
    first, last = axes.first, axes.last
    span = (last - first).days
    months = (1, 4, 7, 10) if span <= 800 else (1,)
    days = [date(year, month, 1) for year in range(first.year, last.year + 2) for month in months]
    step = 1 if span <= 800 else max(1, round(span / 366 / 5))
    return [
        Mark(axes.x(day), f"{day.month}/{day.year}" if span <= 800 else str(day.year))
        for day in days
        if first <= day <= last and (span <= 800 or day.year % step == 0)
    ]


def _count_marks(axes: Axes) -> list[Mark]:
    step = next(
        each for each in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 10**4) if axes.most / each <= 6
    )
    return [Mark(axes.y(count), str(count)) for count in range(0, axes.most + 1, step)]
