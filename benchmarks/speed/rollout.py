"""The rollout's pages and data of 1,000 sites with 20 deliverables each: server time of an answer.

python -m benchmarks.speed.rollout [--sites N] [--deliverables N] [--runs N] [--no-results]

Every site has six steps in the audit log and a gate report that judges all its deliverables.
Times are those of Flask's test client in this process: routing, view, template and compression, no
network. ``read`` is what a changed catalogue takes, in a thread beside the answers; ``during`` is
the slowest answer while that goes on. The target is 300 ms for the dashboard.
"""

import argparse
import hashlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.machine import append_results, table_of
from benchmarks.speed.catalog import large_catalog
from viewer import create_app
from vtour.rollout.audit import Change, Entry, line_of, log_path
from vtour.rollout.read import Rollout
from vtour.rollout.states import CHAIN
from vtour.schema.catalog import Role

STEPS = CHAIN[1:7]
START = datetime(2026, 2, 1, tzinfo=UTC)
ANSWERS = {
    "dashboard": "/rollout?lang=vi",
    "dashboard, filtered and sorted": "/rollout?lang=vi&q=diem+1&sort=name&late=1",
    "dashboard, last page": "/rollout?lang=vi&page=10",
    "site": "/rollout/site-500?lang=vi",
    "sites": "/api/v1/sites",
    "site as JSON": "/api/v1/sites/site-500",
    "sites.geojson": "/api/v1/sites.geojson",
    "kpi": "/api/v1/kpi",
    "items": "/api/v1/ogc/collections/sites/items?limit=1000",
}


def write_rollout(folder: Path, sites: int, deliverables: int) -> Path:
    """A catalogue under way with its log and gate reports, without the time that commands take."""
    lines: list[bytes] = []
    previous: str | None = None
    parts = large_catalog(sites, deliverables).split("    state: planned\n")
    text = ""
    for number in range(sites):
        states = STEPS[: 1 + number % len(STEPS)]
        text += parts[number] + f"    state: {states[-1]}\n    history:\n"
        for place, state in enumerate(states):
            at = START + timedelta(days=10 * place, minutes=number)
            told = {"at": at.isoformat(), "state": str(state), "by": "A", "role": "contractor"}
            before = {"state": str(CHAIN[place])}
            entry = Entry(
                entry=len(lines) + 1, previous=previous, at=at, action="set",
                site=f"site-{number}", actor="A", role=Role.contractor, state=state,
                change=Change(before=before, after={"state": str(state)}, added={"history": told}),
            )  # fmt: skip
            lines.append(line_of(entry))
            previous = hashlib.sha256(lines[-1]).hexdigest()
            text += (
                f"      - {{at: '{at.isoformat()}', state: {state}, by: A, role: contractor, "
                f"entry: {len(lines)}}}\n"
            )
    head = f"  audit: {{entries: {len(lines)}, head: {previous}}}\nphases:"
    path = folder / "catalog.yaml"
    path.write_text(text.replace("phases:", head, 1), encoding="utf-8")
    log_path(path).write_bytes(b"\n".join(lines) + b"\n")
    gates = folder / "catalog.gates"
    gates.mkdir()
    for number in range(sites):
        report = gate_report(f"site-{number}", deliverables)
        (gates / f"site-{number}.json").write_text(json.dumps(report))
    return path


def gate_report(site: str, deliverables: int) -> dict[str, Any]:
    """Every deliverable judged by its one threshold."""
    findings = [
        {
            "key": "measure", "passed": place % 5 > 0, "deliverable": f"d{place}",
            "measure": "ground_sampling_distance", "found": 0.01, "max": 0.02, "unit": "m",
            "values": {
                "deliverable": f"d{place}", "measure": "GSD", "found": "1", "required": "2",
                "stage": "world",
            },
        }
        for place in range(deliverables)
    ]  # fmt: skip
    return {
        "site": site,
        "at": START.isoformat(),
        "gates": [{"gate": "deliverables", "passed": False, "findings": findings}],
        "package": {
            "tour": site, "digest": "a" * 64, "bytes": 10**8, "models": 1, "panoramas": 9,
            "point_clouds": 0, "hotspots": 3,
        },
    }  # fmt: skip


def milliseconds(call: Callable[[], object]) -> float:
    """Wall clock of one call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def slowest_while_reading(client: Any, path: Path) -> float:
    """The slowest of the answers that are given while a changed catalogue is read."""
    time.sleep(1.1)  # the disk is looked at once a second
    path.write_bytes(path.read_bytes() + b"# changed\n")
    end = time.perf_counter() + 6
    times = []
    while time.perf_counter() < end:
        times.append(milliseconds(lambda: client.get(ANSWERS["dashboard"])))
        time.sleep(0.05)
    return max(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--deliverables", type=int, default=20)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--no-results", action="store_true", help="only print")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_rollout(folder, wanted.sites, wanted.deliverables)
        (folder / "packages").mkdir()
        reads = [milliseconds(lambda: Rollout(path)) for _ in range(3)]
        client = create_app([folder / "packages"], catalog=path).test_client()
        rows = [row("read", reads, None)]
        for what, address in ANSWERS.items():
            size = len(client.get(address).data)
            first = milliseconds(lambda at=address: client.get(at))  # type: ignore[misc]
            times = [
                first,
                *(
                    milliseconds(lambda at=address: client.get(at))  # type: ignore[misc]
                    for _ in range(wanted.runs - 1)
                ),
            ]
            rows.append(row(what, times, size))
        rows.append(row("dashboard, during", [slowest_while_reading(client, path)], None))
    for each in rows:
        each.update({"sites": wanted.sites, "deliverables": wanted.deliverables})
    if wanted.no_results:
        print(table_of(rows))
    else:
        append_results("rollout", rows)


def row(what: str, times: list[float], size: int | None) -> dict[str, object]:
    """One line of the results."""
    return {
        "what": what,
        "kB": "" if size is None else round(size / 1e3, 1),
        "runs": len(times),
        "ms_min": round(min(times), 1),
        "ms_median": round(statistics.median(times), 1),
        "ms_max": round(max(times), 1),
    }


if __name__ == "__main__":
    main()
