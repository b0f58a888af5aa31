"""Sign entries of the audit log with an SSH key, and check such signatures (OpenSSH 8.1 or newer).

What is signed is the entry's line without its signature, in the namespace ``vtour-catalog``, as
PROTOCOL.sshsig of OpenSSH describes it.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from vtour.errors import ResourceError
from vtour.rollout.audit import Entry, Fault, Log, line_of
from vtour.rollout.refusals import refused
from vtour.rollout.timeline import day_of
from vtour.schema.catalog import Person

NAMESPACE = "vtour-catalog"
PROGRAM = "ssh-keygen"
LIMIT_S = 120.0
NO_KEY = "no key of this name in programme.people"


def signer(key: Path, people: Sequence[Person]) -> Callable[[Entry, datetime], str]:
    """What signs an entry with a private key, or with a public one whose agent runs.

    Raises InputError for a key that is not there; what it gives raises InputError for a key that
    does not sign or is not that of the actor in ``people``, ResourceError without OpenSSH.
    """
    if not key.is_file():
        raise refused("key_gone", key=key)

    def sign(entry: Entry, latest: datetime) -> str:
        done = _run(["-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE], line_of(entry))
        if done.returncode:
            raise refused("key_does_not_sign", key=key, why=_last_line(done.stderr))
        signature = done.stdout.decode("ascii").strip()
        why = _refused(entry.model_copy(update={"signature": signature}), people, latest)
        if why == NO_KEY:
            raise refused("key_of_nobody", key=key, actor=entry.actor)
        if why:
            raise refused("key_of_another", key=key, actor=entry.actor, why=why)
        return signature

    return sign


def signature_faults(log: Log, people: Sequence[Person], *, every: bool = False) -> list[Fault]:
    """Signatures that do not hold: every one that is there is checked.

    every : an entry without one is a fault, too.
    """
    faults = []
    latest = datetime.min.replace(tzinfo=UTC)
    for entry in log.entries:
        latest = max(latest, entry.at)
        if entry.signature is None:
            if every:
                faults.append(Fault("audit_unsigned", entry.entry))
            continue
        why = _refused(entry, people, latest)
        if why == NO_KEY:
            faults.append(Fault("audit_no_key", entry.entry, {"actor": entry.actor}))
        elif why:
            faults.append(Fault("audit_signature", entry.entry, {"actor": entry.actor, "why": why}))
    return faults


def _refused(entry: Entry, people: Sequence[Person], latest: datetime) -> str:
    """Why a signature does not hold; empty when it does.

    latest : the latest time in the log up to this entry. Its own is what its signer claimed.
    """
    keys = [key for person in people if person.name == entry.actor for key in _keys(person, latest)]
    if not keys:
        return NO_KEY
    line = line_of(entry.model_copy(update={"signature": None}))
    with tempfile.TemporaryDirectory() as folder:
        signature, allowed = Path(folder, "signature"), Path(folder, "allowed")
        signature.write_text(f"{entry.signature}\n")
        allowed.write_text("".join(f"actor {key}\n" for key in keys))
        who = ["-f", str(allowed), "-I", "actor"]
        done = _run(["-Y", "verify", *who, "-n", NAMESPACE, "-s", str(signature)], line)
    return "" if done.returncode == 0 else _last_line(done.stdout + done.stderr)


def _keys(person: Person, latest: datetime) -> Iterator[str]:
    """The keys that count at a time."""
    if person.key:
        yield person.key
    for former in person.former_keys:
        if day_of(latest) <= former.until:
            yield former.key


def _run(options: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [PROGRAM, *options],
            input=data,
            capture_output=True,
            check=False,
            timeout=LIMIT_S,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise ResourceError(f"{PROGRAM}: not there, expected OpenSSH 8.1 or newer") from None
    except subprocess.TimeoutExpired:
        raise ResourceError(f"{PROGRAM}: no answer within {LIMIT_S:.0f} s") from None


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"
