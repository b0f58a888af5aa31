"""What a viewer may know of a rollout: its catalogue, how far it is, and on what evidence.

Read only: nothing here writes, locks or completes anything. A change on disk is noticed; while a
newer file cannot be read the last good one stays, with a line that says why.
"""

import gc
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from vtour.errors import InputError
from vtour.rollout.agreement import disagreements
from vtour.rollout.audit import Entry, Fault, Log, check_head, log_path, read_log
from vtour.rollout.burnup import BurnUp, Forecast, PhaseForecast, Unknown, forecast_of
from vtour.rollout.catalog_file import MAX_BYTES, Reading, first_twice
from vtour.rollout.communes import PROVINCES, Commune, communes, plain_name
from vtour.rollout.figures import DeliverableState, Figures, Holdings, PhaseFigures, figures_of
from vtour.rollout.read_files import outlines_of, read_reports, stamps_of
from vtour.rollout.read_views import (
    DeliverableView,
    GateView,
    MeasureView,
    Note,
    RolloutView,
    SiteDetail,
    SiteView,
    StepView,
    bare_text,
    finding_words,
    planned_days_of,
    site_views,
    without_mail,
)
from vtour.rollout.states import CHAIN, DONE
from vtour.rollout.timeline import VIETNAM, Late, adopted_entries, day_of
from vtour.rollout.words.kinds import kind_name
from vtour.rollout.words.measures import measure_name
from vtour.rollout.words.names import name_of, ranking_name, step_name
from vtour.rollout.words.say import say
from vtour.schema.catalog import Catalog
from vtour.schema.report import MEASURES
from vtour.yaml_marks import text_of_file

__all__ = [
    "CHAIN",
    "DONE",
    "MEASURES",
    "VIETNAM",
    "BurnUp",
    "Commune",
    "DeliverableState",
    "DeliverableView",
    "Figures",
    "Forecast",
    "GateView",
    "Holdings",
    "InputError",
    "Late",
    "MeasureView",
    "Note",
    "PhaseFigures",
    "PhaseForecast",
    "Rollout",
    "RolloutView",
    "SiteDetail",
    "SiteView",
    "StepView",
    "Unknown",
    "bare_text",
    "communes_of",
    "day_of",
    "finding_words",
    "kind_name",
    "measure_name",
    "name_of",
    "plain_name",
    "planned_days_of",
    "ranking_name",
    "step_name",
    "without_mail",
]

log = logging.getLogger(__name__)

RECHECK_S = 1.0
WAIT_S = 0.1
"""How long a reader waits for a newer catalogue before it is shown the one that was read last."""
LANGUAGES = ("vi", "en")


class Rollout:
    """A catalogue on disk that may change at any time. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Read it once. Raises InputError when it cannot be used."""
        self.path = path
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._checked_s = time.monotonic()
        stamps, today = stamps_of(path, None), _today()
        view = _read(path, today)
        if isinstance(view, Note):
            raise InputError(view.lines["en"])
        self._view = view
        self._seen = (stamps if self._boundaries is None else frozenset(), today)

    def view(self) -> RolloutView:
        """The catalogue as it is now, or as it was when it could last be read."""
        if time.monotonic() - self._checked_s >= RECHECK_S:
            self._check()
        return self._view

    @property
    def _boundaries(self) -> str | None:
        return self._view.catalog.programme.boundaries

    def _check(self) -> None:
        """Read what changed, in a thread of its own: a large catalogue takes a second or two."""
        with self._lock:
            if time.monotonic() - self._checked_s < RECHECK_S:
                return
            self._checked_s = time.monotonic()
            if self._worker is None or not self._worker.is_alive():
                seen = (stamps_of(self.path, self._boundaries), _today())
                if seen == self._seen:
                    return
                self._seen = seen
                self._worker = threading.Thread(target=self._reload, args=(seen[1],), daemon=True)
                self._worker.start()
            worker = self._worker
        worker.join(WAIT_S)

    def _reload(self, today: date) -> None:
        try:
            found = _read(self.path, today)
        except Exception:
            log.exception("%s: reading failed", self.path.name)
            found = Note("newer", dict.fromkeys(LANGUAGES, f"{self.path.name}: internal error"))
        if isinstance(found, Note):
            kept = tuple(note for note in self._view.notes if note.kind != "newer")
            found = replace(self._view, notes=(found, *kept))
        self._view = found


@contextmanager
def _no_collections() -> Iterator[None]:
    """Nothing that is read is garbage: collecting meanwhile doubles the time of a large catalogue,
    and holds up whoever is answered, by up to 1.5 s for 1,000 sites.

    What there is then is taken out of the collector's sight. It has no cycles: an old reading still
    goes when nobody holds it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()


def _read(path: Path, today: date) -> RolloutView | Note:
    """The catalogue and all beside it; a note when the catalogue itself cannot be used."""
    with _no_collections():
        return _read_all(path, today)


def _read_all(path: Path, today: date) -> RolloutView | Note:
    reading = _reading(path)
    if isinstance(reading, Note):
        return reading
    catalog = reading.catalog
    assert catalog is not None
    audit, fault_notes = _log(path, catalog)
    reports, bad_reports = read_reports(path, [site.id for site in catalog.sites])
    outlines, bad_outlines = outlines_of(path, catalog.programme.boundaries)
    notes = [*fault_notes, *(_note("gates", line) for line in bad_reports[:1])]
    if bad_outlines:
        lines = {language: bad_outlines(language) for language in LANGUAGES}
        notes.append(Note("outlines", lines))
    entries: dict[str, list[Entry]] = {}
    for entry in audit.entries:
        entries.setdefault(entry.site, []).append(entry)
    adopted = adopted_entries(audit.entries)
    figures = figures_of(catalog, reports, today, adopted)
    return RolloutView(
        name=path.name,
        read_at=datetime.now(UTC),
        today=today,
        catalog=catalog,
        entries={site: tuple(them) for site, them in entries.items()},
        reports=reports,
        figures=figures,
        forecast=forecast_of(catalog, today, adopted),
        adopted=adopted,
        sites=site_views(catalog, reports, figures, today, adopted),
        outlines=outlines,
        notes=tuple(notes),
    )


def _reading(path: Path) -> Reading | Note:
    try:
        reading = Reading(text_of_file(path, MAX_BYTES), path.name)
    except InputError as error:
        return _note("newer", str(error))
    errors = [problem for problem in reading.problems if problem.error]
    if errors or reading.catalog is None:
        lines = {each: errors[0].line(path.name, each) for each in LANGUAGES}
        return Note("newer", lines)
    twice = first_twice([site.id for site in reading.catalog.sites])
    if twice is not None:
        return _note("newer", f"{path.name}: site {twice!r} is there twice, expected unique ids")
    return reading


def _log(path: Path, catalog: Catalog) -> tuple[Log, list[Note]]:
    """The audit log, and what must be said of it."""
    try:
        audit = read_log(log_path(path))
    except InputError as error:
        return Log(), [_note("audit", str(error))]
    faults = [fault for fault in audit.faults if fault.key != "audit_torn"]
    faults += check_head(audit, catalog.programme.audit, path.name)
    faults = faults or disagreements(catalog, audit)
    if faults:
        return audit, [Note("audit", {each: _fault_line(faults[0], each) for each in LANGUAGES})]
    missing = len(audit.digests) - catalog.programme.audit.entries
    if missing > 0:
        values = {"found": missing, "where": path.name}
        return audit, [Note("lag", {each: say("audit_lag", each, **values) for each in LANGUAGES})]
    return audit, []


def _fault_line(fault: Fault, language: str) -> str:
    where = f"{fault.line}: " if fault.line else ""
    return where + say(fault.key, language, **fault.values)


def _note(kind: str, line: str) -> Note:
    return Note(kind, dict.fromkeys(LANGUAGES, line))


def _today() -> date:
    return datetime.now(VIETNAM).date()


def communes_of(catalog: Catalog) -> Mapping[str, Commune]:
    """The communes of the programme's province by code; none of a province that is not known."""
    return communes() if catalog.programme.province_code in PROVINCES else {}
