"""The catalogue and its audit log under stress: two people at once, killed commands, forged logs.

python -m benchmarks.reliability.catalog [CATALOG] [--writers 2] [--transitions 100] [--kills 200]
    [--forgeries 10000] [--seed 1]

On a copy of CATALOG (default: the one that the repository ships). Writers are processes that run
`vtour catalog set` one after the other, each a hundred times, each on sites of its own choice from
the same few. A kill is SIGKILL at a random moment of the time that `vtour catalog set` takes, from
its start to twice its median; then the next command is `vtour catalog audit verify` after a `set`
of another site. ``lost`` counts steps that were reported done and are not in the log or the
catalogue, ``broken`` kills after which the two do not agree. A forgery changes a byte, cuts an
end or a beginning, takes out, repeats or moves a line; ``missed`` were not found.
"""

import argparse
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.machine import ROOT, append_results
from vtour.rollout.audit import check_head, log_path, read_log
from vtour.rollout.ledger import open_book
from vtour.schema.catalog import AuditHead

STATES = ("on_hold", "planned")
"""A manager takes a site to one of these and back: no gate stands between."""
SITES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("catalog", nargs="?", type=Path, default=ROOT / "catalog.yaml")
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--transitions", type=int, default=100)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--forgeries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "catalog.yaml"
        shutil.copyfile(arguments.catalog, path)
        rows = [
            two_at_once(path, arguments.writers, arguments.transitions),
            killed(path, arguments.kills, random.Random(arguments.seed)),
            forged(path, arguments.forgeries, random.Random(arguments.seed)),
        ]
    for row in rows:
        append_results(f"catalog-{row['trial']}", [row])


def set_command(path: Path, site: str, state: str, name: str) -> list[str]:
    vtour = [sys.executable, "-m", "vtour", "catalog", "set", site, state, str(path)]
    return [*vtour, "--as", name, "--role", "manager", "--reason", "trial"]


def steps(path: Path, name: str, count: int, seed: int) -> int:
    """Run so many commands; how many said that they were done."""
    chance, sites = random.Random(seed), [site.id for site in open_book(path).catalog.sites]
    done = 0
    for _ in range(count):
        while True:  # a site that is in that state already is refused
            command = set_command(path, chance.choice(sites[:SITES]), chance.choice(STATES), name)
            found = subprocess.run(command, capture_output=True, text=True, check=False)
            if found.returncode == 0:
                done += 1
                break
            if not ("already" in found.stderr or "cannot go" in found.stderr):
                raise RuntimeError(found.stderr)
    return done


def two_at_once(path: Path, writers: int, transitions: int) -> dict[str, object]:
    before = len(open_book(path).log.entries)
    started = time.perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        names = [f"Writer {number}" for number in range(writers)]
        said = sum(
            pool.map(lambda each: steps(path, names[each], transitions, each), range(writers))
        )
    wall_s = time.perf_counter() - started
    book = open_book(path)
    written = len(book.log.entries) - before
    told = sum(len(site.history) for site in book.catalog.sites)
    return {
        "trial": "writers",
        "writers": writers,
        "said_done": said,
        "in_log": written,
        "in_catalog": told,
        "lost": max(said - written, len(book.log.entries) - told),
        "wall_s": round(wall_s, 1),
    }


def killed(path: Path, kills: int, chance: random.Random) -> dict[str, object]:
    sites = [site.id for site in open_book(path).catalog.sites]
    times = []
    for state in STATES * 2:
        started = time.perf_counter()
        subprocess.run(
            set_command(path, sites[0], state, "Timer"), capture_output=True, check=False
        )
        times.append(time.perf_counter() - started)
    typical_s = statistics.median(times)
    fates = {"nothing": 0, "log_only": 0, "both": 0, "torn": 0}
    broken = 0
    for turn in range(kills):
        before = len(open_book(path).log.entries)
        state = next(each for each in STATES if each != open_book(path).site(sites[0]).state)
        child = subprocess.Popen(
            set_command(path, sites[0], state, "Killed"), stdout=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0, 1.5 * typical_s))
        child.send_signal(signal.SIGKILL)
        child.wait()
        log = read_log(log_path(path))
        fates["torn"] += bool(log.torn)
        try:
            book = open_book(path)  # what the next command does first
        except Exception as error:
            broken += 1
            print(f"kill {turn}: {error}")
            continue
        grown = len(book.log.entries) > before
        fates["log_only" if book.completed else "both" if grown else "nothing"] += 1
        agree = book.catalog.programme.audit == book.log.head
        told = sum(len(site.history) for site in book.catalog.sites)
        broken += not (agree and told == len(book.log.entries))
    verify = [sys.executable, "-m", "vtour", "catalog", "audit", "verify", str(path)]
    subprocess.run(set_command(path, sites[1], "withdrawn", "Last"), check=True)
    code = subprocess.run(verify, check=False).returncode
    return {
        "trial": "kills",
        "kills": kills,
        "set_s": round(typical_s, 2),
        **fates,
        "broken": broken,
        "verify_status": code,
    }


def forged(path: Path, count: int, chance: random.Random) -> dict[str, object]:
    data, head = log_path(path).read_bytes(), open_book(path).catalog.programme.audit
    lines = data.splitlines(keepends=True)
    data = b"".join(lines[: min(len(lines), 60)])
    lines = lines[:60]
    forgery = path.with_name("forged.jsonl")
    forgery.write_bytes(data)
    head = read_log(forgery).head if len(lines) == 60 else head
    if not lines or read_log(forgery).faults or check_head(read_log(forgery), head, ""):
        raise RuntimeError("the log as it was written is not whole")
    missed: dict[str, int] = {"byte": 0, "cut": 0, "removed": 0, "repeated": 0, "moved": 0}
    tried = dict(missed)
    for _ in range(count):
        kind = chance.choice(list(missed))
        new = forgery_of(kind, data, lines, chance)
        forgery.write_bytes(new)
        log = read_log(forgery)
        tried[kind] += 1
        missed[kind] += not (log.faults or check_head(log, AuditHead(**head.model_dump()), ""))
    return {
        "trial": "forgeries",
        "lines": len(lines),
        "bytes": len(data),
        **{f"{kind}_tried": number for kind, number in tried.items()},
        "missed": sum(missed.values()),
    }


def forgery_of(kind: str, data: bytes, lines: list[bytes], chance: random.Random) -> bytes:
    """Other bytes than ``data``, made in one way."""
    one = chance.randrange(len(lines))
    if kind == "byte":
        place = chance.randrange(len(data))
        other = chance.choice([byte for byte in range(256) if byte != data[place]])
        return data[:place] + bytes([other]) + data[place + 1 :]
    if kind == "cut":
        end = chance.randrange(len(data))
        return data[:end] if chance.random() < 0.7 else data[end + 1 :]
    if kind == "removed":
        return b"".join(lines[:one] + lines[one + 1 :])
    if kind == "repeated":
        return b"".join(lines[: one + 1] + lines[one:])
    other = chance.choice([number for number in range(len(lines)) if number != one])
    moved = lines[:one] + lines[one + 1 :]
    return b"".join([*moved[:other], lines[one], *moved[other:]])


if __name__ == "__main__":
    main()
