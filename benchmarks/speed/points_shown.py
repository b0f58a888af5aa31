"""How soon a visitor sees points: from turning them on to the first frame with some, and to all of
the first view, in a real Chromium.

python -m benchmarks.speed.points_shown TILESET... [--runs 3] [--slow] [--phone]
    [--chromium PROGRAM]

TILESET is a folder with a tileset.json: of `vtour build`, or of any other program, pnts tiles
included. Each becomes a tour of points alone, which the built front end (npm run build in
viewer/web) shows at 1280 x 800, or with --phone at 390 x 844, twice as many pixels a side;
--slow is the network of Lighthouse's "slow 4G". The first view is that of all points. Bytes are
those on the wire, headers included; the median run counts; what does not come within a minute is
inf. Graphics in software draw slower than any phone's: compare rows of one machine.
"""

import argparse
import json
import math
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.browser import PHONE, Wire, chromium, served, until
from benchmarks.machine import append_results
from vtour.files import file_digest, write_json

LIMIT_S = 60.0
DESKTOP = {"width": 1280, "height": 800}
FIRST = "window.vtour?.state().points?.first_ms > 0"
ALL = "window.vtour?.state().points?.all_ms > 0"
WORLD_FROM_TILESET = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def write_tour(folder: Path, tileset: Path) -> Path:
    """A package of a tileset alone; returns its folder."""
    shutil.copytree(tileset, folder / "points")
    files = {
        path.relative_to(folder).as_posix(): file_digest(path)
        for path in sorted((folder / "points").rglob("*"))
        if path.is_file()
    }
    root = json.loads((folder / "points/tileset.json").read_bytes())["root"]
    world = {"scale": "metric", "scale_source": "scan", "north": "unknown", "up": "measured"}
    tour = {
        "asset": {"version": "1.0", "generator": "benchmark"},
        "id": "points",
        "world": world,
        "points": [
            {"uri": "points/tileset.json", "world_from_tileset": world_from_tileset(root)},
        ],
        "files": files,
    }
    write_json(folder / "tour.json", tour)
    return folder


def world_from_tileset(root: dict[str, Any]) -> list[float]:
    """Column-major; brings a tileset to the origin that lies far from it."""
    middle = np.array(root["boundingVolume"].get("box", [0.0] * 3)[:3])
    matrix = np.array(WORLD_FROM_TILESET, float).reshape(4, 4).T
    matrix[:3, 3] = -matrix[:3, :3] @ middle
    columns: list[float] = matrix.T.ravel().tolist()
    return columns


def one_run(browser: Any, base: str, address: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """A visit with an empty cache."""
    phone = {"device_scale_factor": 2, "is_mobile": True, "has_touch": True, "viewport": PHONE}
    context = browser.new_context(**(phone if arguments.phone else {"viewport": DESKTOP}))
    page = context.new_page()
    wire = Wire(page, slow=arguments.slow)
    started = time.perf_counter()
    page.goto(base + address, wait_until="commit")
    first_s, all_s = seconds_until(page, FIRST, started), seconds_until(page, ALL, started)
    state = page.evaluate("vtour.state().points")
    data, requests = wire.of("/files/points/")
    context.close()
    return {
        "first_ms": state["first_ms"] if first_s < math.inf else math.inf,
        "all_ms": state["all_ms"] if all_s < math.inf else math.inf,
        "page_first_s": first_s,
        "page_all_s": all_s,
        "points_shown": state["points"],
        "memory_MB": state["bytes"] / 1e6,
        "wire_kB": data / 1e3,
        "requests": requests,
    }


def seconds_until(page: Any, expression: str, since: float) -> float:
    """Infinite when it does not hold within LIMIT_S."""
    try:
        return until(page, expression, since, LIMIT_S)
    except TimeoutError:
        return math.inf


def measure(browser: Any, tileset: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """The row of one tileset: medians of some runs."""
    with tempfile.TemporaryDirectory() as scratch:
        package = write_tour(Path(scratch) / "tour", tileset)
        total = sum(path.stat().st_size for path in tileset.rglob("*") if path.is_file())
        with served(package) as (base, address):
            runs = [one_run(browser, base, address, arguments) for _ in range(arguments.runs)]
    name = "/".join(tileset.resolve().parts[-2:])
    shown = f"{'phone' if arguments.phone else 'desktop'}{', slow' if arguments.slow else ''}"
    row: dict[str, object] = {"tileset": name, "shown": shown, "MB": round(total / 1e6, 2)}
    return row | {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tilesets", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--slow", action="store_true", help="over a slow network")
    parser.add_argument("--phone", action="store_true", help="on a phone's screen")
    parser.add_argument("--chromium", help="the browser's program")
    arguments = parser.parse_args()
    with chromium(arguments.chromium) as browser:
        if browser is None:
            return
        for tileset in arguments.tilesets:
            append_results("points-shown", [measure(browser, tileset, arguments)])


if __name__ == "__main__":
    main()
