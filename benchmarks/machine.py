"""What all benchmarks share: the machine's line, the real captures, the result tables."""

import csv
import os
import platform
from datetime import date
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def machine() -> str:
    """The processor, cores, memory and Python, in one line."""
    name = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        models = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        name = models[0].partition(":")[2].strip() if models else name
    memory_gib = psutil.virtual_memory().total / 2**30
    return (
        f"{name}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, Python {platform.python_version()}"
    )


def real_captures(name: str) -> Path | None:
    """A folder of real captures below VTOUR_DATA, or None with one line that says so."""
    folder = Path(os.environ.get("VTOUR_DATA", ROOT.parent / "shared" / "data")) / name
    if folder.is_dir():
        return folder
    print(f"skipped: {name} (no folder {folder}; set VTOUR_DATA)")
    return None


def append_results(name: str, rows: list[dict[str, object]]) -> Path:
    """Append rows to results/<date>-<name>.csv, the machine beside each; print them as a table."""
    path = write_results(name, rows)
    print(table_of(rows))
    return path


def write_results(name: str, rows: list[dict[str, object]]) -> Path:
    """Append rows to results/<date>-<name>.csv, the machine beside each."""
    path = RESULTS / f"{date.today().isoformat()}-{name}.csv"
    path.parent.mkdir(exist_ok=True)
    rows = [{**row, "machine": machine()} for row in rows]
    is_new = not path.exists()
    with path.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        if is_new:
            writer.writeheader()
        writer.writerows(rows)
    return path


def table_of(rows: list[dict[str, object]], columns: list[str] | None = None) -> str:
    """Rows as a table to read: all columns, or some."""
    shown = columns or list(rows[0])
    widths = [max(len(c), *(len(str(row[c])) for row in rows)) for c in shown]
    lines = [dict(zip(shown, shown, strict=True)), *rows]
    return "\n".join(
        "  ".join(str(line[c]).ljust(w) for c, w in zip(shown, widths, strict=True)).rstrip()
        for line in lines
    )
