"""What a catalogue names beside itself: permits, evidence, and its audit log."""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from vtour.errors import InputError
from vtour.rollout.agreement import disagreements
from vtour.rollout.audit import Fault, check_head, log_path, read_log
from vtour.rollout.catalog_file import Problem, Reading, Words, shared_evidence
from vtour.schema.catalog import CatalogSite, SiteState
from vtour.yaml_marks import Loc

BEFORE_CAPTURE = (SiteState.planned, SiteState.permitted)


def file_problems(reading: Reading, folder: Path, today: date) -> Iterator[Problem]:
    """Files of permits and records that are gone or were changed, evidence that is gone.

    folder : where the catalogue lies.
    """
    shared_with = shared_evidence(list(reading.sites.values()))
    for index, site in reading.sites.items():
        loc = ("sites", index)
        if site.permits:
            yield from _permits(reading, loc, site, folder, today)
        for field in ("captures", "work"):
            name = getattr(site.evidence, field)
            if name is not None and not _is_there(folder, name):
                place = reading.place(*loc, "evidence", field)
                yield Problem("file_gone", place, False, site.id, {"file": name})
        shared = shared_with.get(site.id)
        if shared is not None:
            place = reading.place(*loc, "evidence", shared[0])
            values = {"what": shared[0], "other": shared[1]}
            yield Problem("evidence_shared", place, True, site.id, values)
        for number, acceptance in enumerate(site.acceptances):
            place = reading.place(*loc, "acceptances", number, "record")
            key = _trouble(folder, acceptance.record, acceptance.sha256)
            if key is not None:  # no error: people complete a record by hand before it is signed
                yield Problem(key, place, False, site.id, {"file": acceptance.record})


def _permits(
    reading: Reading, loc: Loc, site: CatalogSite, folder: Path, today: date
) -> Iterator[Problem]:
    for index, permit in enumerate(site.permits):
        here = (*loc, "permits", index)
        if permit.file is not None:
            key = _trouble(folder, permit.file, permit.sha256)
            if key is not None:
                place = reading.place(*here, "file")
                yield Problem(key, place, True, site.id, {"file": permit.file})
        others = [each for each in site.permits if each.kind is permit.kind]
        last = max((each.valid_until or date.max for each in others), default=date.max)
        if site.state in BEFORE_CAPTURE and permit.valid_until == last < today:
            place = reading.place(*here, "valid_until")
            values = {"number": permit.number, "until": str(permit.valid_until)}
            yield Problem("permit_expired", place, False, site.id, values)


def _trouble(folder: Path, name: str, sha256: str | None) -> str | None:
    """What is wrong with a file whose digest is noted: a key of words/."""
    if not _is_there(folder, name):
        return "file_gone"
    return "file_changed" if sha256 not in (None, _digest(folder / name)) else None


def _is_there(folder: Path, name: str) -> bool:
    try:
        return (folder / name).exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def agreement_problems(reading: Reading, path: Path) -> Iterator[Problem]:
    """Where the catalogue and its audit log do not agree, and what is wrong with the log itself."""
    head = reading.place("programme", "audit")
    try:
        log = read_log(log_path(path))
    except InputError as error:
        yield Problem("log_unreadable", head, values={"message": str(error)})
        return
    name = log_path(path).name
    broken = False
    for fault in log.faults:
        torn = fault.key == "audit_torn"
        broken |= not torn
        yield Problem("log_torn" if torn else "in_log", head, not torn, values=_in_log(name, fault))
    catalog = reading.catalog
    if catalog is None or broken:
        return
    heads = check_head(log, catalog.programme.audit, path.name)
    for fault in heads:
        yield Problem("in_log", head, values=_in_log(name, fault))
    lag = len(log.digests) - catalog.programme.audit.entries
    if lag > 0:
        yield Problem("log_ahead", head, False, values={"found": lag})
    if heads:
        return
    numbers = {site.id: index for index, site in reading.sites.items()}
    for fault in disagreements(catalog, log):
        index = numbers.get(fault.values["site"])
        field = str(fault.values.get("list", "state"))
        place = head if index is None else reading.place("sites", index, field)
        yield Problem(fault.key, place, values=fault.values)


def _in_log(name: str, fault: Fault) -> dict[str, object]:
    where = f"{name}:{fault.line}" if fault.line else name
    return {"where": where, "problem": Words(fault.key, fault.values)}
