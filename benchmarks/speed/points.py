"""Point tiles against py3dtiles: points a second, peak memory, bytes a point, in one run.

    python -m benchmarks.speed.points [--points 2000000 20000000] [--site merged.las]
        [--py3dtiles PYTHON] [--validator main.js] [--laz] [--scaling 100000000] [--keep FOLDER]

Input: LAS of so many points, made of ``scans/stadium_us_feet.laz`` (airborne, its feet turned into
metres) and of the merged scan of the synthetic site. Every point is repeated as often as needed,
each time moved by noise (standard deviation 0.15 m and 0.01 m, about half the spacing), so larger
files are denser, not wider. ``--scaling`` makes the site's cloud that dense as a store, no LAS.

Ours reads the LAS with laspy into a store and cuts that into tiles, in one process: "total" counts
all of it, "tiles" the second part alone. py3dtiles (``pip install py3dtiles`` in an environment of
its own, whose Python is named) converts the LAS with as many jobs as there are cores. Both start in
a fresh process; numba's compiled code is in its cache. Peak memory is the sum of resident memory
of the process and its children, seen ten times a second. ``--validator`` is build/main.js of
CesiumGS/3d-tiles-validator (0.6.1, from its sources: npm install, npx tsc). CPU seconds say more
than the clock on a machine that does other work.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.children import tree_bytes
from benchmarks.machine import append_results, real_captures

US_FOOT_M = 1200 / 3937
NOISE_M = {"stadium": 0.15, "site": 0.01}
CHUNK = 500_000
OURS = "import sys; from benchmarks.speed.points import convert; convert(*sys.argv[1:])"
PEER = "from py3dtiles.command_line import main; main()"
LIMIT_S = 3000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, nargs="*", default=[2_000_000, 20_000_000])
    parser.add_argument(
        "--site", type=Path, help="merged.las of a synthetic site; made when absent"
    )
    parser.add_argument("--py3dtiles", help="Python of an environment that has py3dtiles")
    parser.add_argument("--validator", type=Path)
    parser.add_argument("--laz", action="store_true", help="ours from LAZ, too")
    parser.add_argument("--scaling", type=int, help="points of the run from a store alone")
    parser.add_argument("--keep", type=Path, help="leave the tilesets of LAS files here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        sources = {"site": arguments.site or synthetic_scan(folder)}
        scans = real_captures("scans")
        if scans is not None:
            sources["stadium"] = scans / "stadium_us_feet.laz"
        for count in arguments.points:
            for kind, source in sources.items():
                append_results("points", compared(folder, kind, source, count, arguments))
        if arguments.scaling:
            store = dense_store(folder / "work", sources["site"], arguments.scaling)
            rows = [ours(folder, "site, dense", store, arguments.scaling, arguments)]
            append_results("points", rows)


def synthetic_scan(folder: Path) -> Path:
    from vtour.synthetic.options import SyntheticOptions
    from vtour.synthetic.synthesise import synthesise_site

    synthesise_site(folder / "captures", SyntheticOptions())
    return folder / "captures" / "scans" / "merged.las"


def compared(
    folder: Path, kind: str, source: Path, count: int, arguments: argparse.Namespace
) -> list[dict[str, object]]:
    """Rows of one input: ours, ours from LAZ, py3dtiles."""
    las = repeated(source, folder / f"{kind}.las", count, NOISE_M[kind])
    rows = [ours(folder, kind, las, count, arguments)]
    if arguments.laz:
        laz = las.with_suffix(".laz")
        repeated(source, laz, count, NOISE_M[kind])
        rows.append(ours(folder, kind, laz, count, arguments))
        laz.unlink()
    if arguments.py3dtiles:
        out = folder / "peer"
        command = [arguments.py3dtiles, "-c", PEER, "convert", str(las), "--out", str(out)]
        found = measured([*command, "--jobs", str(os.cpu_count())], folder)
        rows.append(row(kind, count, las.suffix, "py3dtiles", found, out, "*.pnts"))
        kept(out, arguments.keep, f"py3dtiles-{kind}-{count}")
    las.unlink()
    return rows


def ours(
    folder: Path, kind: str, source: Path, count: int, arguments: argparse.Namespace
) -> dict[str, object]:
    work = folder / "work"
    command = [sys.executable, "-c", OURS, str(source), str(work)]
    found = measured(command, Path(__file__).parents[2])
    out = work / "out" / "points"
    found |= json.loads((work / "parts.json").read_text())
    errors: object = ""
    if arguments.validator:
        errors = validation_errors(arguments.validator, out / "tileset.json")
    suffix = source.suffix or "store"
    result = row(kind, count, suffix, "vtour", found, out, "*.glb") | {"errors": errors}
    if suffix == ".las":
        kept(out, arguments.keep, f"vtour-{kind}-{count}")
    shutil.rmtree(work)
    return result


def kept(tiles: Path, folder: Path | None, name: str) -> None:
    """Move the tiles into a folder, or delete them."""
    if folder is None:
        shutil.rmtree(tiles)
    else:
        shutil.move(tiles, folder / name)


def row(
    kind: str, count: int, form: str, tool: str, found: dict[str, float], out: Path, tiles: str
) -> dict[str, object]:
    files = [path for path in out.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    parts = {name: found.get(name) for name in ("tiles_s", "tiles_cpu_s")}
    return {
        "input": kind,
        "points": count,
        "format": form.removeprefix("."),
        "tool": tool,
        "total_s": round(found["wall_s"], 1),
        "total_cpu_s": round(found["cpu_s"], 1),
        "points_per_s": round(count / found["wall_s"]),
        "points_per_cpu_s": round(count / found["cpu_s"]),
        "tiles_points_per_s": round(count / parts["tiles_s"]) if parts["tiles_s"] else "",
        "tiles_points_per_cpu_s": (
            round(count / parts["tiles_cpu_s"]) if parts["tiles_cpu_s"] else ""
        ),
        "peak_rss_mb": round(found["peak_mb"]),
        "bytes_per_point": round(size / count, 2),
        "tiles": len(list(out.rglob(tiles))),
        "load": round(os.getloadavg()[0], 1),
        "errors": "",
    }


def measured(command: list[str], folder: Path) -> dict[str, float]:
    """Wall and CPU seconds of a process and its children, and the peak of their memory."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    if command[0] != sys.executable:
        environment.pop("PYTHONPATH")
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, tree_bytes(process.pid))
        time.sleep(0.1)
        if time.perf_counter() - started > LIMIT_S:
            process.kill()
    wall_s = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{command[0]}: failed with {process.returncode}")
    after = os.times()
    cpu_s = after.children_user + after.children_system
    cpu_s -= before.children_user + before.children_system
    return {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak / 1e6}


def validation_errors(validator: Path, tileset: Path) -> int:
    """Errors that the 3D Tiles validator finds in a tileset and its content."""
    done = subprocess.run(
        ["node", str(validator), "--tilesetFile", str(tileset)], capture_output=True, check=False
    )
    text = done.stdout.decode()
    return int(json.loads(text[text.index("{\n") :])["numErrors"])


def convert(source: str, folder: str) -> None:
    """The process of ours: a LAS or LAZ file, or a work folder with a store, to tiles."""
    from vtour.scan.tiles import tile_points
    from vtour.workspace import Workspace

    work = Workspace(Path(folder))
    if Path(source) != work.root:
        fill_store(Path(source), work)
    out = Workspace(work.root / "out")
    wall, cpu = time.perf_counter(), time.process_time()
    tile_points(work, out)
    parts = {"tiles_s": time.perf_counter() - wall, "tiles_cpu_s": time.process_time() - cpu}
    (work.root / "parts.json").write_text(json.dumps(parts))


def fill_store(source: Path, work: "object") -> None:
    """The points of a file about their middle, as a store in the world."""
    import laspy

    from vtour.clouds.store import StoreWriter

    with laspy.open(source) as reader, StoreWriter(work.scan_cloud) as writer:
        middle = (np.array(reader.header.mins) + reader.header.maxs) / 2
        for points in reader.chunk_iterator(CHUNK):
            enu = np.stack([points.x, points.y, points.z], -1) - middle
            writer.append(columns_from_enu(enu, points))
    write_world(work)


def columns_from_enu(enu: "object", points: "object") -> dict[str, "object"]:
    rgb = np.stack([points.red, points.green, points.blue], -1)
    return {
        "xyz": np.stack([enu[:, 0], enu[:, 2], -enu[:, 1]], -1).astype(np.float32),
        "rgb": (rgb >> 8).astype(np.uint8),
        "intensity": np.asarray(points.intensity, np.uint16),
    }


def write_world(work: "object") -> None:
    from vtour.files import write_json
    from vtour.schema.tour import IDENTITY4
    from vtour.schema.world import Anchor, World

    world = World(
        scale="metric", scale_source="scan", north="true", up="measured",
        anchor=Anchor(lat=21.85, lon=106.75, height_m=260.0), world_from_sfm=IDENTITY4,
    )  # fmt: skip
    write_json(work.world, world.to_json())


def points_of(source: Path) -> "object":
    """Metres about the middle (n, 3), colours of 16 bits (n, 3) and intensity of a scan."""
    import laspy

    las = laspy.read(source)
    places = np.stack([las.x, las.y, las.z], -1) * (US_FOOT_M if "feet" in source.name else 1)
    colours = np.stack([las.red, las.green, las.blue], -1)
    if colours.max() < 256:
        colours = colours * 257
    return places - places.mean(axis=0), colours.astype(np.uint16), np.asarray(las.intensity)


def repeated(source: Path, path: Path, count: int, noise_m: float) -> Path:
    """A LAS or LAZ file of ``count`` points: those of ``source`` in turn, moved by noise."""
    import laspy

    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales = np.full(3, 0.001)
    with laspy.open(path, mode="w", header=header) as writer:
        for places, colours, intensity in noisy(source, count, noise_m):
            chunk = laspy.ScaleAwarePointRecord.zeros(len(places), header=header)
            chunk.x, chunk.y, chunk.z = places.T
            chunk.red, chunk.green, chunk.blue = colours.T
            chunk.intensity = intensity
            writer.write_points(chunk)
    return path


def noisy(source: Path, count: int, noise_m: float) -> "object":
    """Chunks of ``count`` points in all; the first round is not moved."""
    places, colours, intensity = points_of(source)
    rng = np.random.default_rng(5)
    for start in range(0, count, CHUNK):
        rows = np.arange(start, min(start + CHUNK, count))
        moved = rng.normal(scale=noise_m, size=(len(rows), 3)) * (rows >= len(places))[:, None]
        rows = rows % len(places)
        yield places[rows] + moved, colours[rows], intensity[rows]


def dense_store(root: Path, source: Path, count: int) -> Path:
    """The work folder of a site's cloud of so many points."""
    from vtour.clouds.store import StoreWriter
    from vtour.workspace import Workspace

    work = Workspace(root)
    with StoreWriter(work.scan_cloud) as writer:
        for places, colours, intensity in noisy(source, count, NOISE_M["site"]):
            xyz = np.stack([places[:, 0], places[:, 2], -places[:, 1]], -1).astype(np.float32)
            rgb = (colours >> 8).astype(np.uint8)
            writer.append({"xyz": xyz, "rgb": rgb, "intensity": intensity})
    write_world(work)
    return root


if __name__ == "__main__":
    main()
