"""Web versions of models against gltfpack and glTF-Transform: bytes at equal looks, in one run.

python -m benchmarks.speed.models [MASTER.glb ...] [--peers FOLDER] [--gltfpack PROGRAM]
    [--keep FOLDER] [--only NAME ...] [--ours="--compression draco" ...] [--ssim 0.98]
    [--loads 3] [--chromium PROGRAM]

Masters are those of VTOUR_DATA/glb, and those named; ``model/master.glb`` of a work folder counts
by the work folder's name. ``--peers`` is a folder where `npm install gltfpack @gltf-transform/cli`
was run. The Node build of gltfpack cannot write WebP: ``--gltfpack`` names a native one that can
(meshoptimizer's sources, cmake with MESHOPT_BUILD_GLTFPACK and MESHOPT_GLTFPACK_LIBWEBP_PATH).
``--ours`` adds a run of `vtour optimise` with more options to the one without ("").

One row a file. All are compared with the master as it is, not with what cleaning leaves of it:
``ssim`` is that of the worst of 8 views of 1024 px, unlit and lit; ``ssim_other`` of 8 views
between them, which vtour tunes nothing on; ``hausdorff`` the greatest distance as a share of the
master's diagonal. ``share`` is bytes for one byte of the smallest file of the peers that the target
names (gltfpack -cc; gltf-transform optimize with its defaults, and with our texture sizes) among
those that reach ``--ssim``; ``share_any``: whether they reach it or not; ``share_webp``: of all
peers that reach it. ``decode_ms`` is three.js's GLTFLoader from bytes in memory to a scene with
decoded pictures, ``drawn_ms`` the same and the first frame, median of ``--loads`` after one that
does not count; graphics are drawn in software. ``glb_errors`` are the Khronos validator's,
``twin_errors`` its errors in the plain twin; ``three``, ``model_viewer`` and ``trimesh`` (of the
twin) are "ok" or what went wrong; ``usd_findings`` are of all validators that come with USD. Files
for augmented reality stand on a floor elsewhere and are not compared. ``make_cpu_s`` of ours is
that of the run that makes all its files.

With ``--keep`` what was made stays in FOLDER, pictures included, and is taken from there as long as
master, options, peers and the sources of vtour are the same: a run that was stopped goes on. What
is measured is always measured anew.
"""

import argparse
import hashlib
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.browser import chromium
from benchmarks.children import DONE, run_child
from benchmarks.glb_viewers import Viewers, viewers
from benchmarks.machine import ROOT, real_captures, table_of, write_results
from benchmarks.model_peers import GLTFPACK, Peer, Sized, peers_of, shares_of, verdict
from vtour.errors import VtourError
from vtour.files import file_digest, write_json
from vtour.glb.scene import Scene

LIST_NAME, PICTURES = "optimise.json", "pictures"
TO_READ = [
    "model", "file", "bytes", "share", "share_any", "share_webp", "faces", "texture_px", "ssim",
    "ssim_other", "psnr_db", "hausdorff", "decode_ms", "drawn_ms", "bad", "make_cpu_s",
]  # fmt: skip
VERDICTS = ("glb_errors", "three", "model_viewer", "twin_errors", "trimesh", "usd_findings")


@dataclass(frozen=True)
class Made:
    """A file that was made, or why it was not."""

    name: str
    path: Path
    fate: str
    cpu_s: float
    peak_mb: float
    named: bool | None = None
    web: bool = True


@dataclass(frozen=True)
class Master:
    """What files are compared with: rendered once, from vtour's views and from eight others."""

    name: str
    path: Path
    scene: Scene
    views: Any
    others: Any

    @property
    def diagonal(self) -> float:
        low, high = self.scene.bounds
        return float(np.linalg.norm(high - low))

    @property
    def texture_px(self) -> int:
        return largest_px(self.scene)


class Skips:
    """What could not be measured here: said once each, counted."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def __call__(self, line: str) -> None:
        if line not in self.said:
            print(f"skipped: {line}", flush=True)
        self.said.add(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("masters", nargs="*", type=Path)
    parser.add_argument("--peers", type=Path, help="where their npm packages are installed")
    parser.add_argument("--gltfpack", type=Path, help="a native gltfpack, which writes WebP")
    parser.add_argument("--keep", type=Path, help="keep and take again what was made here")
    parser.add_argument("--only", nargs="*", help="these masters, by name")
    parser.add_argument("--ours", action="append", default=[], help="more options of vtour")
    parser.add_argument("--ssim", type=float, default=0.98, help="what looks like the master")
    parser.add_argument("--loads", type=int, default=3)
    parser.add_argument("--limit-s", type=float, default=3600, help="for one program on one model")
    parser.add_argument("--chromium", help="the browser's program")
    arguments = parser.parse_args()
    skips, lines = Skips(), []
    with tempfile.TemporaryDirectory() as scratch, chromium(arguments.chromium) as browser:
        keep = arguments.keep or Path(scratch)
        with viewers(browser) as pages:
            if pages is None:
                skips("three.js, model-viewer and decode times")
            for name, path in masters_of(arguments, skips):
                try:
                    rows, line = compared(name, path, keep / name, pages, arguments, skips)
                except VtourError as error:
                    skips(f"{name}: {error}")
                    continue
                write_results("models", rows)
                print(table_of([with_verdict(row) for row in rows], TO_READ), flush=True)
                print(f"\n{line}\n", flush=True)
                lines.append(line)
    print("\n".join(lines))
    print(f"{len(lines)} models, {len(skips.said)} skipped")


def masters_of(arguments: argparse.Namespace, skips: Skips) -> Iterator[tuple[str, Path]]:
    """Names and files, each name once."""
    folder, names = real_captures("glb"), set[str]()
    if folder is None:
        skips("the masters of VTOUR_DATA/glb")
    for path in [*(sorted(folder.glob("*.glb")) if folder else []), *arguments.masters]:
        name = name_of(path)
        if name in names or (arguments.only and name not in arguments.only):
            continue
        if not path.is_file():
            skips(f"{path}: no such file")
            continue
        names.add(name)
        yield name, path


def name_of(path: Path) -> str:
    """arch/model/master.glb is arch."""
    is_ours = path.name == "master.glb" and path.resolve().parent.name == "model"
    return path.resolve().parent.parent.name if is_ours else path.stem


def compared(
    name: str,
    path: Path,
    folder: Path,
    pages: Viewers | None,
    arguments: argparse.Namespace,
    skips: Skips,
) -> tuple[list[dict[str, object]], str]:
    """The rows of one master, ours first, and one line that sums them up."""
    master = rendered(name, path)
    print(f"{name}: {master.scene.faces:,} faces, {path.stat().st_size:,} bytes", flush=True)
    shutil.rmtree(folder / PICTURES, ignore_errors=True)
    (folder / PICTURES).mkdir(parents=True)
    ours = [m for more in ["", *arguments.ours] for m in make_ours(path, folder, more, arguments)]
    rows = [measured(each, master, folder, pages, arguments.loads, skips) for each in ours]
    sizes = [int(str(row["texture_px"])) for row in rows if row["texture_px"]]
    peers = make_peers(path, folder, peers_of(sizes, master.texture_px), arguments, skips)
    itself = Made("master", path, DONE, 0.0, 0.0, web=False)
    rows += [measured(e, master, folder, pages, arguments.loads, skips) for e in (*peers, itself)]
    sized = [as_sized(made, row) for made, row in zip([*ours, *peers, itself], rows, strict=True)]
    known = [each for each in sized if each is not None]
    for row, own in zip(rows, sized, strict=True):
        row |= shares_of(own, known, arguments.ssim) if own else {}
    return rows, verdict(name, known, arguments.ssim)


def as_sized(made: Made, row: dict[str, object]) -> Sized | None:
    """A web version with looks; what opens nowhere or is invalid is no peer to be beaten by."""
    if not made.web or not isinstance(row["ssim"], float):
        return None
    return Sized(made.name, int(str(row["bytes"])), row["ssim"], made.named)


def rendered(name: str, path: Path) -> Master:
    from vtour.models import read_scene
    from vtour.optimise.looks.compare import MasterViews
    from vtour.optimise.looks.ring import COUNT, views_of
    from vtour.optimise.looks.surface import Surface

    scene = read_scene(path)
    surface = Surface(scene)
    others = views_of(surface, 1 + COUNT)[1:]
    views = MasterViews(surface, views_of(surface)), MasterViews(surface, others)
    return Master(name, path, scene, *views)


def make_ours(
    source: Path, folder: Path, more: str, arguments: argparse.Namespace
) -> Iterator[Made]:
    """The files of `vtour optimise`, as its list names them."""
    out = folder / f"vtour{more.replace(' ', '_')}"
    command = [sys.executable, "-m", "vtour", "optimise", str(source), "--out", str(out)]
    command += more.split()
    found = made_once(command, out / LIST_NAME, sources_digest(), source, arguments.limit_s)
    label = f"vtour {more}".strip()
    if found["fate"] != DONE:
        yield Made(label, out, found["fate"], found["cpu_s"], found["peak_mb"])
        return
    files = json.loads((out / LIST_NAME).read_bytes())["files"]
    for name, facts in files.items():
        path = out / name
        if path.suffix in (".glb", ".usdz") and path.is_file():
            short = name.partition(".")[2]
            web = path.suffix == ".glb" and "quality" in facts
            yield Made(f"{label} {short}", path, DONE, found["cpu_s"], found["peak_mb"], web=web)


def make_peers(
    source: Path, folder: Path, peers: list[Peer], arguments: argparse.Namespace, skips: Skips
) -> list[Made]:
    """The files of the peers that are installed here."""
    made = []
    for peer in peers:
        program = program_of(peer, arguments)
        if program is None:
            skips(f"{peer.program}{' with WebP' if '-tw' in peer.options else ''}: not given")
            continue
        out = folder / (peer.name.replace(" ", "_") + ".glb")
        command = peer.command(program, source, out)
        found = made_once(command, out, version_of(program, folder), source, arguments.limit_s)
        name = f"{peer.name} ({found['key']})"
        made.append(Made(name, out, found["fate"], found["cpu_s"], found["peak_mb"], peer.named))
    return made


def program_of(peer: Peer, arguments: argparse.Namespace) -> Path | None:
    """The program of a peer; None where it was not given or is not there."""
    if peer.program == GLTFPACK and "-tw" in peer.options:
        program = arguments.gltfpack
    else:
        program = arguments.peers and arguments.peers / "node_modules" / ".bin" / peer.program
    return program.absolute() if program and program.exists() else None


def version_of(program: Path, folder: Path) -> str:
    """The 1.3 of ``gltfpack 1.3``."""
    log = folder / "version.txt"
    run_child([str(program), "-v" if program.name == GLTFPACK else "--version"], log, limit_s=60)
    words = log.read_text(errors="replace").split()
    return words[-1] if words else "?"


def made_once(
    command: list[str], target: Path, key: str, source: Path, limit_s: float
) -> dict[str, Any]:
    """Run a program, unless it was run like this before: fate, cpu_s, peak_mb."""
    folder = target if target.suffix == ".glb" else target.parent
    note, log = folder.with_suffix(folder.suffix + ".made"), folder.with_suffix(".log")
    asked = {"key": key, "master": file_digest(source), "command": command}
    if note.is_file() and target.exists():
        before: dict[str, Any] = json.loads(note.read_bytes())
        if before["fate"] == DONE and all(before[name] == asked[name] for name in asked):
            return before
    print(f"  {' '.join(command[-8:])}", flush=True)
    child = run_child(command, log, limit_s=limit_s, folder=ROOT)
    found = {**asked, "fate": child.fate, "cpu_s": child.cpu_s, "peak_mb": child.process_mb}
    if child.is_done and not target.exists():
        found["fate"] = "wrote nothing"
    write_json(note, found)
    return found


def sources_digest() -> str:
    """Of all that vtour is made of: what it made before a change is made anew."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "vtour").rglob("*")):
        if path.suffix in (".py", ".mjs") and "node_modules" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def measured(
    made: Made, master: Master, folder: Path, pages: Viewers | None, loads: int, skips: Skips
) -> dict[str, object]:
    """The row of one file; what cannot be measured of it is ""."""
    started = time.perf_counter()
    row: dict[str, object] = dict.fromkeys(
        (
            *("model", "file", "bytes", "share", "share_any", "share_webp", "faces", "texture_px"),
            *("ssim", "ssim_unlit", "ssim_lit", "ssim_other", "psnr_db", "hausdorff"),
            *("decode_ms", "drawn_ms"),
            *(*VERDICTS, "make_cpu_s", "make_peak_mb", "fate"),
        ),
        "",
    )
    row |= {"model": master.name, "file": made.name, "fate": made.fate}
    if made.path != master.path:
        row |= {"make_cpu_s": round(made.cpu_s, 1), "make_peak_mb": round(made.peak_mb)}
    if made.fate == DONE:
        row["bytes"] = made.path.stat().st_size
        if made.path.suffix == ".usdz":
            row["usd_findings"] = usd_findings(made.path, skips)
        else:
            row |= facts_of(made, master)
            row |= opened(made, folder, pages, loads) if pages else {}
    seconds = time.perf_counter() - started
    told = f"{row['bytes']:,} bytes, SSIM {row['ssim'] or '-'}" if row["bytes"] else made.fate
    print(f"  {made.name}: {told} (measured in {seconds:.0f} s)", flush=True)
    return row


def facts_of(made: Made, master: Master) -> dict[str, object]:
    """What a GLB is, how it looks, whether it is valid; why it cannot be read in place of SSIM."""
    from vtour.models import read_scene
    from vtour.optimise.looks.compare import looks_of
    from vtour.optimise.looks.distances import distances_of
    from vtour.optimise.writing.validate import validate_glb

    path = made.path
    found: dict[str, object] = {"glb_errors": len(validate_glb(path).errors)}
    found |= twin_facts(path)
    try:
        scene = read_scene(path)
    except VtourError as error:
        return found | {"ssim": str(error)}
    found |= {"faces": scene.faces, "texture_px": largest_px(scene)}
    if not made.web:
        return found
    looks, others = looks_of(master.views, scene), looks_of(master.others, scene)
    by_light = {
        f"ssim_{light}": round(min(v.ssim for v in looks.views if v.light == light), 5)
        for light in {view.light for view in looks.views}
    }
    far = distances_of(master.scene, scene).hausdorff / master.diagonal
    return (
        found
        | by_light
        | {
            "ssim": round(looks.ssim, 5),
            "ssim_other": round(others.ssim, 5),
            "psnr_db": round(looks.psnr_db, 2),
            "hausdorff": float(f"{far:.3g}"),
        }
    )


def twin_facts(path: Path) -> dict[str, object]:
    """Of the plain twin: errors, and whether trimesh opens it with the same faces."""
    import trimesh

    from vtour.models import read_scene
    from vtour.optimise.writing.expand import expand_web_glb
    from vtour.optimise.writing.validate import validate_glb

    with tempfile.TemporaryDirectory() as folder:
        twin = Path(folder, "twin.glb")
        try:
            expand_web_glb(path, twin)
            errors: object = len(validate_glb(twin).errors)
            opened = trimesh.load_scene(twin)
            faces = sum(len(opened.geometry[name].faces) for name in opened.graph.geometry_nodes)
            expected = read_scene(twin).faces
        except Exception as error:  # whatever goes wrong with a peer's file is its row's entry
            return {"twin_errors": "", "trimesh": f"{type(error).__name__}: {error}"[:200]}
    told = "ok" if faces == expected else f"{faces} faces of {expected}"
    return {"twin_errors": errors, "trimesh": told}


def opened(made: Made, folder: Path, pages: Viewers, loads: int) -> dict[str, object]:
    """In both viewers; pictures of both lie beside the file."""
    pictures = folder / PICTURES
    name = made.name.replace(" ", "_").replace("/", "_")
    three = pages.three(made.path, loads, pictures / f"{name}.three.png")
    viewer = pages.model_viewer(made.path, pictures / f"{name}.viewer.png")
    found: dict[str, object] = {
        "three": told(three["errors"]),
        "model_viewer": told(viewer["errors"]),
    }
    for key in ("decode_ms", "drawn_ms"):
        if three.get(key):
            found[key] = round(statistics.median(three[key]), 1)
    return found


def told(errors: list[str]) -> str:
    return f"{len(errors)}: {errors[0][:150]}" if errors else "ok"


def usd_findings(path: Path, skips: Skips) -> object:
    """How much all validators that come with USD find, those of usdchecker among them."""
    try:
        from pxr import Usd, UsdValidation
    except ImportError:
        skips("usd-core is not installed")
        return ""
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    stage = Usd.Stage.Open(str(path))
    return len(UsdValidation.ValidationContext(validators).Validate(stage))


def with_verdict(row: dict[str, object]) -> dict[str, object]:
    """A row with one column for all that should be "ok" or 0."""
    bad = [f"{key}: {row[key]}" for key in VERDICTS if row[key] not in ("ok", 0, "")]
    fate = [] if row["fate"] == DONE else [str(row["fate"])]
    return {**row, "bad": "; ".join([*fate, *bad])[:60] or "-"}


def largest_px(scene: Scene) -> int:
    """The longest edge of its textures; 0 without any."""
    edges = [max(t.pixels.shape[:2]) for material in scene.materials for t in material.textures]
    return max(edges, default=0)


if __name__ == "__main__":
    main()
