"""Planned days as a calendar (iCalendar, RFC 5545): one all-day event for each site and state.

The UID of an event stays the same when its day moves: a calendar that subscribes moves it, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from vtour import __version__
from vtour.rollout.situation import Situation
from vtour.rollout.states import CHAIN
from vtour.rollout.timeline import VIETNAM, known_days, phases_by_id, planned_days, reached
from vtour.rollout.wording import day, text_in
from vtour.rollout.words.names import name_of, step_name
from vtour.rollout.words.say import say
from vtour.schema.catalog import CatalogSite, SiteState

OCTETS = 75
"""The longest line, without its end (RFC 5545 section 3.1)."""


@dataclass(frozen=True)
class Event:
    """One all-day event; ``key`` makes its UID."""

    key: str
    on: date
    summary: str
    description: str
    category: str


def ics_of(situation: Situation, language: str) -> bytes:
    """The calendar."""
    programme = situation.catalog.programme
    stamp = datetime.combine(situation.today, time(), VIETNAM) - timedelta(hours=7)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//vtour//vtour {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(text_in(programme.name, language))}",
    ]
    for event in events(situation, language):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.key}@{programme.province_code}.vtour",
            f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{escaped(event.summary)}",
            f"DESCRIPTION:{escaped(event.description)}",
            f"CATEGORIES:{escaped(event.category)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(folded(line) for line in lines).encode()


def events(situation: Situation, language: str) -> Iterator[Event]:
    """What is planned, permits that end, and days to look again, site by site."""
    phases = phases_by_id(situation.catalog)
    for site in situation.catalog.sites:
        if site.state is SiteState.withdrawn:
            continue
        planned, done = planned_days(site, phases.get(site.phase)), reached(site)
        known = known_days(site, situation.adopted)
        for state in CHAIN:
            if state in planned:
                on, is_done = known.get(state), state in done
                word = (name_of if is_done else step_name)(state, language)
                note = say("ics_reached", language, day=day(on, language)) if on else ""
                yield _event(site, f"{state}", planned[state], word, is_done, note, language)
        for number, permit in enumerate(site.permits, start=1):
            if permit.valid_until:
                word = say("ics_permit_ends", language, number=permit.number)
                key = f"permit-{permit.kind}-{number}"
                yield _event(site, key, permit.valid_until, word, False, "", language)
        if site.revisit:
            word = say("ics_revisit", language)
            yield _event(site, "revisit", site.revisit, word, False, "", language)


def _event(
    site: CatalogSite, key: str, on: date, word: str, done: bool, note: str, language: str
) -> Event:
    name = text_in(site.name, language)
    summary = f"{'✓ ' if done else ''}{name}: {word}"
    state = f"{say('col_state', language)}: {name_of(site.state, language)}"
    about = [note, state, site.contractor or "", site.admin.commune]
    text = "\n".join(each for each in about if each)
    category = f"{say('col_phase', language)} {site.phase}"
    return Event(f"{site.id}.{key}", on, summary, text, category)


def escaped(text: str) -> str:
    """A TEXT value (RFC 5545 section 3.3.11); other control characters are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for letter, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(letter, written)
    return "".join(letter for letter in text if letter >= " " and letter != "\x7f")


def folded(line: str) -> str:
    """A content line in parts of at most 75 octets, no letter cut in two."""
    parts, room, part = [], OCTETS, ""
    for letter in line:
        size = len(letter.encode())
        if size > room:
            parts.append(part)
            part, room = " ", OCTETS - 1
        part += letter
        room -= size
    return "\r\n".join([*parts, part]) + "\r\n"
