"""Change the catalogue and its audit log together, so that neither is lost and both agree.

The entry is written to the log first and holds what it changes; then the catalogue is replaced. A
command that was killed between the two leaves a catalogue that lags: the next one completes it. A
catalogue that is ahead of its log, or says something else, was changed by hand or the log was: that
is an error.

What only changing needs is imported when something is changed: most commands only read.
"""

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from vtour.errors import ResourceError
from vtour.rollout.agreement import LISTS, disagreements
from vtour.rollout.audit import (
    MAX_LINE,
    Change,
    Entry,
    Fault,
    GateRecord,
    Log,
    append,
    check_head,
    line_of,
    log_path,
    read_log,
)
from vtour.rollout.catalog_file import MAX_BYTES, catalog_from_text, yaml_of
from vtour.rollout.refusals import RefusedError, find_site, refused
from vtour.rollout.words.say import say
from vtour.schema.catalog import AuditHead, Catalog, CatalogSite, Gate, Role, SiteState
from vtour.yaml_marks import YamlText, text_of_file

if TYPE_CHECKING:
    from vtour.rollout.edit import Edit

LOCK_S = 60.0
TRIES = 20

Sign = Callable[[Entry, datetime], str]


@dataclass(frozen=True)
class Actor:
    """Who acts, as what.

    sign : makes an SSH signature of an entry; it is told the latest time in the log so far.
    """

    name: str
    role: Role
    sign: Sign | None = None


@dataclass(frozen=True)
class Proposal:
    """What is to happen to a site.

    state  : after it.
    fields : other values that change.
    added  : what its lists gain, without ``entry``.
    """

    site: str
    action: str
    state: SiteState
    reason: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    added: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    gates: Mapping[Gate, GateRecord] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True)
class Book:
    """A catalogue and its log that agree.

    completed : the entries that the catalogue lacked until now.
    """

    path: Path
    document: YamlText
    catalog: Catalog
    log: Log
    completed: tuple[Entry, ...] = ()

    def site(self, site_id: str) -> CatalogSite:
        """One site. Raises InputError when there is none of that id."""
        return find_site(self.catalog, site_id, self.path.name)


def now() -> datetime:
    """The time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def open_book(path: Path) -> Book:
    """Read a catalogue and its log; what the catalogue lacks of the log is completed.

    Raises InputError when either cannot be used or they do not agree.
    """
    book = _read(path)
    if len(book.log.digests) == book.catalog.programme.audit.entries:
        return book
    with _locked(path):
        return _completed(path)


def record(path: Path, actor: Actor, propose: Callable[[Book], Proposal]) -> tuple[Book, Entry]:
    """Write an entry and change the catalogue by it.

    propose : says what is to happen to the catalogue as it is now. It runs while nobody else can
              change it by a command; what it raises stops all, and nothing is written.
    """
    with _locked(path):
        book = _completed(path)
        entry = _entry(book, actor, propose(book))
        head = AuditHead(entries=entry.entry, head=hashlib.sha256(line_of(entry)).hexdigest())
        new = _edited(book.document, [entry], head)
        catalog = catalog_from_text(new)  # both raise before anything is written
        append(log_path(path), [entry], book.log)
        with suppress(_ChangedMeanwhile):
            _replace(path, book.document.text, new.text)
            return Book(path, new, catalog, read_log(log_path(path))), entry
        return _completed(path), entry


def add_sites(path: Path, propose: Callable[[Book], Sequence[Mapping[str, Any]]]) -> Book:
    """Put new sites after the last one of the catalogue. Sites are planned by people: no entry.

    propose : the sites for the catalogue as it is now; what it raises stops all.
    """
    from vtour.rollout.edit import with_sites

    with _locked(path):
        for _ in range(TRIES):
            book = _completed(path)
            new = with_sites(book.document, propose(book))
            catalog = catalog_from_text(new)  # raises before anything is written
            with suppress(_ChangedMeanwhile):
                _replace(path, book.document.text, new.text)
                return Book(path, new, catalog, book.log, book.completed)
    raise ResourceError(f"{path.name}: changes all the time, expected it to stay for a moment")


def _read(path: Path) -> Book:
    document = yaml_of(path)
    catalog, log = catalog_from_text(document, path.name), read_log(log_path(path))
    refuse(path, catalog, log)
    return Book(path, document, catalog, log)


def refuse(path: Path, catalog: Catalog, log: Log) -> None:
    """Raise InputError for a log that is broken or does not agree with the catalogue."""
    faults = [fault for fault in log.faults if fault.key != "audit_torn"]
    faults += check_head(log, catalog.programme.audit, path.name)
    if faults:
        raise RefusedError(partial(fault_line, log_path(path).name, faults[0]))
    problems = disagreements(catalog, log)
    if problems:
        raise RefusedError(partial(fault_line, path.name, problems[0]))


def fault_line(name: str, fault: Fault, language: str) -> str:
    """What is wrong with a log, as one line."""
    where = f":{fault.line}" if fault.line else ""
    return f"{name}{where}: {say(fault.key, language, **fault.values)}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Nobody else changes the catalogue by a command meanwhile."""
    from filelock import FileLock, Timeout

    from vtour.files import resource_errors

    target = path.resolve()  # a link and what it leads to are one catalogue with one log
    lock = FileLock(target.with_name(f".{target.stem}.lock"))
    try:
        with resource_errors(target.parent):
            lock.acquire(timeout=LOCK_S)
    except Timeout:
        raise ResourceError(
            f"{path.name}: another command has been changing it for {LOCK_S:.0f} s, run again later"
        ) from None
    try:
        _clear_away(target)
        yield
    finally:
        lock.release()


def _clear_away(path: Path) -> None:
    """Remove what a killed command was writing: the lock is held, nobody else writes it."""
    name = re.compile(re.escape(f".{path.stem}.") + r"\d+\.part" + re.escape(path.suffix))
    for left in path.parent.iterdir():
        if name.fullmatch(left.name):
            left.unlink(missing_ok=True)


def _completed(path: Path) -> Book:
    """The book after the catalogue took over what the log has more; the lock is held.

    Somebody may save the file in an editor meanwhile: then all is done again with their text.
    """
    done: tuple[Entry, ...] = ()
    for _ in range(TRIES):
        book = _read(path)
        missing = book.log.entries[book.catalog.programme.audit.entries :]
        if not missing:
            return replace(book, completed=done)
        new = _edited(book.document, missing, book.log.head)
        catalog_from_text(new)
        with suppress(_ChangedMeanwhile):
            _replace(path, book.document.text, new.text)
            done = (*done, *missing)
    raise ResourceError(f"{path.name}: changes all the time, expected it to stay for a moment")


class _ChangedMeanwhile(Exception):  # noqa: N818 - nobody sees it
    """Somebody saved another text."""


def _replace(path: Path, old: str, new: str) -> None:
    """Put the new text in the place of the old one. Raises _ChangedMeanwhile when it is no more."""
    from vtour.files import replacing, sync_file

    target = path.resolve()
    mark = codecs.BOM_UTF8 if target.read_bytes().startswith(codecs.BOM_UTF8) else b""
    mode = target.stat().st_mode & 0o777
    with replacing(target) as temporary:
        temporary.write_bytes(mark + new.encode())
        temporary.chmod(mode)
        sync_file(temporary)  # it takes a while: compared only then
        if text_of_file(path, MAX_BYTES) != old:
            raise _ChangedMeanwhile


def _edited(document: YamlText, entries: list[Entry], head: AuditHead) -> YamlText:
    from vtour.rollout.edit import edited

    edits: dict[str, list[Entry]] = {}
    for entry in entries:
        edits.setdefault(entry.site, []).append(entry)
    return edited(document, {site: _edit(them) for site, them in edits.items()}, head)


def _edit(entries: list[Entry]) -> "Edit":
    """What the entries of one site do to its mapping."""
    from vtour.rollout.edit import as_item, as_text

    def change(site: Any) -> None:
        for entry in entries:
            for key, value in entry.change.after.items():
                if value is None:
                    site.pop(key, None)
                else:
                    site[key] = as_text(value)
            for key, item in entry.change.added.items():
                if not isinstance(site.get(key), list):
                    site[key] = []
                site[key].append(as_item({**_in_order(key, item), "entry": entry.entry}))

    return change


def _in_order(name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """The item's fields in the order of its contract: the log sorts them by name."""
    return {key: item[key] for key in LISTS[name].model_fields if key in item}


def _entry(book: Book, actor: Actor, proposal: Proposal) -> Entry:
    site = book.site(proposal.site)
    head = book.log.head
    after: dict[str, Any] = dict(proposal.fields)
    before: dict[str, Any] = {key: site.to_json().get(key) for key in after}
    if proposal.state is not site.state:
        before["state"], after["state"] = str(site.state), str(proposal.state)
    fields: dict[str, Any] = {
        "entry": head.entries + 1,
        "previous": head.head,
        "at": proposal.at or now(),
        "action": proposal.action,
        "site": proposal.site,
        "actor": actor.name,
        "role": actor.role,
        "reason": proposal.reason,
        "state": proposal.state,
        "change": Change(before=before, after=after, added=dict(proposal.added)),
        "gates": dict(proposal.gates),
        "evidence": dict(proposal.evidence),
    }
    try:
        entry = Entry(**fields)
        line = line_of(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        what = ".".join(str(part) for part in first["loc"])
        if first["type"] == "string_too_long":
            length, most = len(first["input"]), first["ctx"]["max_length"]
            raise refused("entry_text_long", field=what, found=length, most=most) from None
        found = f"{first['input']!r:.60}"
        raise refused("entry_value", field=what, found=found, message=first["msg"]) from None
    except UnicodeEncodeError:
        raise refused("entry_no_text") from None
    if len(line) > MAX_LINE // 2:  # a signature comes to it
        raise refused("entry_long", found=len(line), most=MAX_LINE // 2)
    if actor.sign is not None:
        latest = max(each.at for each in [*book.log.entries, entry])
        entry = entry.model_copy(update={"signature": actor.sign(entry, latest)})
    return entry
