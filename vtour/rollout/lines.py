"""What several commands and reports say of figures, as lines."""

from vtour.rollout.burnup import LEAST_SITES, LEAST_WEEKS, Forecast, Unknown
from vtour.rollout.figures import DeliverableState, Figures, Holdings, PhaseFigures, Share
from vtour.rollout.wording import megabytes, number, percent, text_in
from vtour.rollout.words.names import name_of
from vtour.rollout.words.say import say
from vtour.schema.catalog import Catalog, SiteState

JUDGED = {
    DeliverableState.accepted: "accepted_with_site",
    DeliverableState.passed: "passed",
    DeliverableState.failed: "failed",
    DeliverableState.unmeasured: "unmeasured",
}


def phase_name(catalog: Catalog, phase_id: str, language: str) -> str:
    """The name of a phase, '' when it has none."""
    found = next((each for each in catalog.phases if each.id == phase_id), None)
    return text_in(found.name, language) if found else ""


def states_line(row: PhaseFigures, language: str) -> str:
    """How many sites are in each state: 'Planned 20, Captured 3'."""
    return ", ".join(
        f"{name_of(state, language)} {number(count, language)}"
        for state, count in row.by_state.items()
        if count
    )


def share_line(share: Share, language: str) -> str:
    """So many of so many, in per cent, too."""
    if share.rate is None:
        return say("share_none", language)
    values = {"part": share.part, "of": share.of, "percent": percent(share.rate, language)}
    return say("share", language, **values)


def deliverables_line(figures: Figures, language: str) -> str:
    """How the deliverables stand."""
    counts = {str(state): number(n, language) for state, n in figures.deliverables.items()}
    return say("deliverables_line", language, **counts, late=figures.deliverables_late)


def holdings_line(holdings: Holdings, language: str) -> str:
    """What the packages hold."""
    names = ("sites", "models", "panoramas", "point_clouds")
    counts = {name: number(getattr(holdings, name), language) for name in names}
    return say("holdings_line", language, **counts, size=megabytes(holdings.bytes, language))


def upkeep_line(figures: Figures, language: str) -> str:
    """What is looked after: published sites, and those whose day to be looked at has passed."""
    total = figures.total
    counts = {
        "published": total.published,
        "maintained": total.by_state[SiteState.maintained],
        "revisits": total.revisits_due,
    }
    return say("upkeep_line", language, **{k: number(n, language) for k, n in counts.items()})


def why_no_forecast(forecast: Forecast, reason: Unknown, language: str) -> str:
    """Why there is no forecast, in words."""
    count, least = {
        Unknown.few_sites: (forecast.known, LEAST_SITES),
        Unknown.few_weeks: (forecast.weeks, LEAST_WEEKS),
        Unknown.standstill: (forecast.weeks, 0),
        Unknown.too_far: (0, 0),
    }[reason]
    return say(f"forecast_{reason}", language, count=number(count, language), least=least)


def forecast_basis(forecast: Forecast, language: str) -> str:
    """What the forecast rests on, or why there is none."""
    if forecast.unknown is not None:
        return say(
            "forecast_no", language, why=why_no_forecast(forecast, forecast.unknown, language)
        )
    count = number(sum(forecast.throughput), language)
    return say("forecast_basis", language, count=count, weeks=forecast.weeks)
