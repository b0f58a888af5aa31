"""Values of a catalogue against each other: ids, phases, profiles, deliverables, dates, names."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from vtour.rollout.catalog_file import Problem, Reading, Words
from vtour.rollout.states import ASIDE, CHAIN
from vtour.rollout.words.say import LANGUAGES
from vtour.schema.catalog import (
    CatalogSite,
    Deliverable,
    Phase,
    PhaseKind,
    Profile,
    Role,
    SiteState,
)
from vtour.schema.report import MEASURES
from vtour.yaml_marks import Loc

TRUTHS = frozenset(("yes", "no", "on", "off", "true", "false", "y", "n"))
"""What programs that read YAML 1.1 take for true or false."""
SHARES = frozenset(
    name
    for name, (unit, about) in MEASURES.items()
    if unit == "1" and re.search(r"\b(share|overlap|SSIM)\b", about)
)
"""Measures between 0 and 1."""
KEY = re.compile(r"^(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/]+=* ?.*$")


def value_problems(reading: Reading) -> Iterator[Problem]:
    """What the contract cannot say: every value alone may be right."""
    phases = {phase.id: phase for phase in reading.phases.values()}
    yield from _twice(reading, "phases", "phase_twice", "phase")
    yield from _twice(reading, "sites", "site_twice", "site")
    yield from _programme(reading)
    yield from _counts(reading)
    for name, profile in reading.profiles.items():
        yield from _deliverables(reading, ("profiles", name), profile.deliverables, None)
    for index, site in reading.sites.items():
        loc = ("sites", index)
        yield from _phase_and_dates(reading, loc, site, phases)
        yield from _due(reading, loc, site)
        yield from _names(reading, loc, site)


def _twice(reading: Reading, key: str, problem: str, word: str) -> Iterator[Problem]:
    """Ids that are there a second time, those of items that break their contract included."""
    first: dict[str, int] = {}
    items = _written(reading, key)
    for index, item in enumerate(items if isinstance(items, list) else []):
        found = item.get("id") if isinstance(item, dict) else None
        if not isinstance(found, str):
            continue
        place = reading.place(key, index, "id")
        if found in first:
            yield Problem(problem, place, values={word: found, "line": first[found]})
        elif place is not None:
            first[found] = place[0]


def _written(reading: Reading, key: str) -> Any:
    return reading.document.value.get(key) if reading.document is not None else None


def _programme(reading: Reading) -> Iterator[Problem]:
    programme = reading.programme
    if programme is None:
        return
    loc = ("programme",)
    yield from _languages(reading, (*loc, "name"), programme.name, LANGUAGES, None)
    for index, phase in reading.phases.items():
        if phase.name:
            name_loc = ("phases", index, "name")
            yield from _languages(reading, name_loc, phase.name, LANGUAGES, None)
    if _is_written(reading, "programme", "profile") and programme.profile not in reading.profiles:
        yield _unknown_profile(reading, (*loc, "profile"), programme.profile, None)
    if programme.people:
        yield from _people(reading)


def _is_written(reading: Reading, *loc: str | int) -> bool:
    return reading.document is not None and reading.document.has(loc)


def _people(reading: Reading) -> Iterator[Problem]:
    assert reading.programme is not None
    people = reading.programme.people
    loc = ("programme", "people")
    seen: set[str] = set()
    for index, person in enumerate(people):
        if person.name.casefold() in seen:
            values = {"found": person.name}
            yield Problem("person_twice", reading.place(*loc, index, "name"), values=values)
        seen.add(person.name.casefold())
        if Role.contractor in person.roles and person.contractor is None:
            place, values = reading.place(*loc, index), {"found": person.name}
            yield Problem("person_firm", place, error=False, values=values)
        keys: dict[Loc, str] = {("key",): person.key} if person.key is not None else {}
        for number, former in enumerate(person.former_keys):
            keys["former_keys", number, "key"] = former.key
        for where, key in keys.items():
            if not KEY.match(key.strip()):
                values = {"found": person.name}
                yield Problem("person_key", reading.place(*loc, index, *where), values=values)
    if not any(Role.manager in person.roles for person in people):
        yield Problem("no_manager", reading.place(*loc), error=False)
    firms = {person.contractor for person in people if Role.contractor in person.roles}
    for index, site in reading.sites.items():
        if site.contractor is not None and site.contractor not in firms:
            place = reading.place("sites", index, "contractor")
            meant = {"found": site.contractor, "hint": _meant(site.contractor, firms)}
            yield Problem("no_contractor_person", place, False, site.id, meant)


def _counts(reading: Reading) -> Iterator[Problem]:
    """How many sites a phase has against how many it is to have; withdrawn ones do not count."""
    sites = _written(reading, "sites")
    found = Counter(
        str(item.get("phase"))
        for item in (sites if isinstance(sites, list) else [])
        if isinstance(item, dict) and item.get("state") != SiteState.withdrawn
    )
    for index, phase in reading.phases.items():
        expected = phase.sites
        if found[phase.id] != expected and (expected or phase.kind is PhaseKind.upkeep):
            place = reading.place("phases", index, "sites")
            values = {"phase": phase.id, "found": found[phase.id], "expected": expected}
            yield Problem("phase_count", place, error=False, values=values)


def _phase_and_dates(
    reading: Reading, loc: Loc, site: CatalogSite, phases: dict[str, Phase]
) -> Iterator[Problem]:
    phase = phases.get(site.phase)
    if phase is None and len(phases) == len(reading.phases):
        values: dict[str, Any] = {"found": site.phase, "expected": ", ".join(phases)}
        yield Problem("unknown_phase", reading.place(*loc, "phase"), True, site.id, values)
    before: tuple[SiteState, date] | None = None
    for state in CHAIN:
        if (day := site.planned.get(state)) is None:
            continue
        place = reading.place(*loc, "planned", state)
        if before is not None and day < before[1]:
            values = {"later": state, "end": day, "earlier": before[0], "start": before[1]}
            yield Problem("dates_backwards", place, True, site.id, _texts(values))
        elif phase is not None and day > phase.end and state is not SiteState.maintained:
            values = {"state": state, "date": day, "phase": phase.id, "end": phase.end}
            yield Problem("outside_phase", place, False, site.id, _texts(values))
        elif phase is not None and day < phase.start and state is not SiteState.permitted:
            values = {"state": state, "date": day, "phase": phase.id, "start": phase.start}
            yield Problem("before_phase", place, False, site.id, _texts(values))
        before = (state, day)
    for state in ASIDE:
        if state in site.planned:
            place = reading.place(*loc, "planned", state)
            yield Problem("planned_aside", place, False, site.id, {"state": str(state)})


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items()}


def _due(reading: Reading, loc: Loc, site: CatalogSite) -> Iterator[Problem]:
    """The profile and the deliverables of a site."""
    name = site.profile or (reading.programme.profile if reading.programme else None)
    profile = reading.profiles.get(name) if name else None
    if site.profile is not None and profile is None and site.profile not in _profiles(reading):
        yield _unknown_profile(reading, (*loc, "profile"), site.profile, site.id)
        return
    yield from _deliverables(reading, loc, site.deliverables, site.id, profile)
    there = [each for each in site.deliverables if each.left_out is None]
    if not there and (profile is None or not profile.deliverables) and reading.programme:
        values = {"profile": name}
        yield Problem("no_deliverable", reading.place(*loc, "id"), False, site.id, values)


def _profiles(reading: Reading) -> Iterable[str]:
    """The names of all profiles, those that break their contract included."""
    profiles = _written(reading, "profiles")
    return profiles if isinstance(profiles, dict) else ()


def _unknown_profile(reading: Reading, loc: Loc, found: str, site: str | None) -> Problem:
    values = {"found": found, "expected": ", ".join(_profiles(reading)) or "-"}
    return Problem("unknown_profile", reading.place(*loc), True, site, values)


def _deliverables(
    reading: Reading,
    loc: Loc,
    deliverables: list[Deliverable],
    site: str | None,
    profile: Profile | None = None,
) -> Iterator[Problem]:
    known = {each.id: each for each in profile.deliverables} if profile else {}
    seen: set[str] = set()
    for index, each in enumerate(deliverables):
        here = (*loc, "deliverables", index)
        if each.id in seen:
            values: dict[str, Any] = {"found": each.id}
            yield Problem("deliverable_twice", reading.place(*here, "id"), True, site, values)
        seen.add(each.id)
        if each.kind is None and (each.id not in known or known[each.id].kind is None):
            values = {"found": each.id, "hint": _meant(each.id, known)}
            yield Problem("deliverable_unknown", reading.place(*here, "id"), True, site, values)
        for name, bound in each.thresholds.items():
            if name in SHARES and not 0 <= max(bound.min or 0, bound.max or 0) <= 1:
                place = reading.place(*here, "thresholds", name)
                yield Problem("share_bound", place, False, site, {"measure": name})


def _names(reading: Reading, loc: Loc, site: CatalogSite) -> Iterator[Problem]:
    name = site.profile or (reading.programme.profile if reading.programme else "")
    profile = reading.profiles.get(name)
    languages = profile.languages if profile else LANGUAGES
    yield from _languages(reading, (*loc, "name"), site.name, languages, site.id)
    texts: list[tuple[Loc, str | None]] = [
        *((("name", tag), text) for tag, text in site.name.items()),
        (("contractor",), site.contractor),
        (("kind",), site.kind),
    ]
    for inner, text in texts:
        if text is not None and text.lower() in TRUTHS and _is_bare(reading, (*loc, *inner)):
            place, values = reading.place(*loc, *inner), {"found": text}
            yield Problem("looks_like_truth", place, False, site.id, values)


def _is_bare(reading: Reading, loc: Loc) -> bool:
    """Whether a text is written without quotes."""
    place = reading.place(*loc)
    if place is None or reading.document is None:
        return False
    line = reading.document.text.splitlines()[place[0] - 1]
    return line[place[1] - 1 : place[1]] not in ("'", '"', "|", ">")


def _languages(
    reading: Reading, loc: Loc, name: dict[str, str], languages: Iterable[str], site: str | None
) -> Iterator[Problem]:
    for language in languages:
        if not name.get(language, "").strip():
            values = {"language": language}
            yield Problem("name_missing", reading.place(*loc), False, site, values)


def _meant(found: str, names: Iterable[str | None]) -> Words | str:
    """What may have been meant, as the end of a line."""
    close = difflib.get_close_matches(found, [name for name in names if name], 3, 0.6)
    return Words("meant", {"fields": ", ".join(close)}) if close else ""
