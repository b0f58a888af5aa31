"""The audit log: one JSON object a line, each with the SHA-256 of the raw line before it.

The log is only ever appended to. Its number of lines and the digest of the last one stand in
catalog.yaml and in every acceptance record: a line that was changed, taken out or moved breaks the
chain, and an end that was cut off does not match either of these.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from vtour.rollout.refusals import refused
from vtour.schema.base import Identifier, Model
from vtour.schema.catalog import AuditHead, Digest, Gate, Role, ShortText, SiteState

SUFFIX = ".audit.jsonl"
MAX_LINE = 1 << 20


class Change(Model):
    """What an entry does to its site: values before and after, and what lists gain."""

    before: dict[str, Any] = Field(default_factory=dict)
    after: dict[str, Any] = Field(default_factory=dict)
    added: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """By the list's name: history, waivers, acceptances."""


class GateRecord(Model):
    """How a gate stood when somebody went through it."""

    passed: bool
    waived: bool = False
    findings: list[str] = Field(default_factory=list)


class Entry(Model):
    """One line of the log."""

    entry: int = Field(ge=1)
    previous: Digest | None
    """SHA-256 of the bytes of the line before, without its line end; none in the first."""
    at: datetime
    action: ShortText
    site: Identifier
    actor: ShortText
    """A name as it was claimed; ``signature`` alone proves it."""
    role: Role
    reason: ShortText | None = None
    state: SiteState
    change: Change
    gates: dict[Gate, GateRecord] = Field(default_factory=dict)
    evidence: dict[str, Digest] = Field(default_factory=dict)
    """SHA-256 by what it is of: captures, package, reports, permits, record."""
    signature: str | None = None
    """An SSH signature (armoured) of the same line without this field."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a log: a key of words/, the line (from 1), and what fills the words."""

    key: str
    line: int | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Log:
    """What a log file holds.

    torn : bytes after the last line end: a command that was killed while it wrote.
    """

    entries: list[Entry] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    torn: int = 0
    whole: int = 0

    @property
    def head(self) -> AuditHead:
        """Count and digest of the last line."""
        return AuditHead(entries=len(self.digests), head=self.digests[-1] if self.digests else None)

    def of(self, site: str) -> list[Entry]:
        """The entries of one site, oldest first."""
        return [entry for entry in self.entries if entry.site == site]


def log_path(catalog: Path) -> Path:
    """The log beside a catalogue: catalog.audit.jsonl of catalog.yaml."""
    target = catalog.resolve()
    return target.with_name(target.stem + SUFFIX)


def read_log(path: Path) -> Log:
    """Read and check the chain. A log that is not there is one without lines.

    Whatever is wrong with lines is in ``faults``: nothing is raised for it. Raises InputError when
    the file cannot be read.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Log()
    except OSError as error:
        raise refused("file_unreadable", name=path.name, why=error.strerror) from None
    *lines, rest = raw.split(b"\n")
    log = Log(torn=len(rest), whole=len(raw) - len(rest))
    previous: str | None = None
    for number, line in enumerate(lines, start=1):
        digest = hashlib.sha256(line).hexdigest()
        entry = _entry(line, number, log)
        if entry is not None:
            if entry.entry != number:
                log.faults.append(Fault("audit_number", number, {"found": entry.entry}))
            elif entry.previous != previous:
                log.faults.append(Fault("audit_chain", number))
            log.entries.append(entry)
        log.digests.append(digest)
        previous = digest
    if rest:
        log.faults.append(Fault("audit_torn", len(lines) + 1, {"found": len(rest)}))
    return log


def _entry(line: bytes, number: int, log: Log) -> Entry | None:
    if len(line) > MAX_LINE:
        log.faults.append(Fault("audit_line", number))
        return None
    try:
        entry = Entry.model_validate(json.loads(line))
    except (ValueError, RecursionError, ValidationError):
        log.faults.append(Fault("audit_line", number))
        return None
    if line_of(entry) != line:  # two lines that say the same have one form only
        log.faults.append(Fault("audit_form", number))
    return entry


def check_head(log: Log, said: AuditHead, where: str) -> list[Fault]:
    """What a count and a digest that were noted elsewhere say of the log."""
    if said.entries == 0:
        return []
    if said.entries > len(log.digests):
        values = {"found": len(log.digests), "expected": said.entries, "where": where}
        return [Fault("audit_cut", None, values)]
    if log.digests[said.entries - 1] != said.head:
        return [Fault("audit_head", said.entries, {"where": where})]
    return []


def line_of(entry: Entry) -> bytes:
    """The only form of an entry's line, without the line end."""
    value = entry.model_dump(mode="json", exclude_none=True)
    value.setdefault("previous", None)
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def append(path: Path, entries: Sequence[Entry], log: Log) -> None:
    """Add lines to the log that was read, and see that they are on the disk.

    What a killed command left behind the last line end is cut off first: it never happened.
    """
    from vtour.files import resource_errors, sync_file  # brings Pillow: readers do without

    data = b"".join(line_of(entry) + b"\n" for entry in entries)
    new = not path.exists()
    with resource_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            os.ftruncate(handle, log.whole)
            os.lseek(handle, 0, os.SEEK_END)
            written = 0
            while written < len(data):
                written += os.write(handle, data[written:])
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, log.whole)
            raise
        finally:
            os.close(handle)
        if new:
            sync_file(path.parent)
