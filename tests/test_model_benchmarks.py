"""What the benchmarks of models compute by themselves: shares, calls of peers, limits, inputs."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from benchmarks.children import DONE, run_child
from benchmarks.machine import ROOT, table_of
from benchmarks.model_peers import Peer, Sized, peers_of, shares_of, verdict
from benchmarks.speed.model_faces import vase
from benchmarks.speed.model_shown import link_to, write_tour
from benchmarks.speed.models import name_of
from vtour.schema.tour import Tour

OWN = Sized("high", 600, 0.985, None)
THUMB = Sized("thumb", 100, 0.90, None)
BLURRED = Sized("tiny", 500, 0.95, True)
PACKED = Sized("packed", 2000, 1.0, True)
SMALLER = Sized("smaller", 1200, 0.98, True)
WEBP = Sized("webp", 800, 0.981, False)
FILES = [OWN, THUMB, BLURRED, PACKED, SMALLER, WEBP]


def test_shares_are_against_the_smallest_that_looks_alike():
    assert shares_of(OWN, FILES, 0.98) == {"share": 0.5, "share_any": 1.2, "share_webp": 0.75}


def test_a_peer_that_misses_the_looks_is_no_measure():
    assert shares_of(OWN, [OWN, BLURRED], 0.98) == {
        "share": "", "share_any": 1.2, "share_webp": "",
    }  # fmt: skip


def test_our_own_files_are_no_peers():
    assert shares_of(PACKED, [OWN, PACKED], 0.98)["share"] == 1.0


def test_the_verdict_names_the_smallest_that_looks_alike():
    line = verdict("gate", FILES, 0.98)
    assert line.startswith("gate: high (600 bytes, SSIM 0.9850): -50.0 % against smaller")
    assert "-25.0 % against webp" in line


def test_a_verdict_without_looks_says_so():
    assert "no file of ours reaches SSIM 0.98; best thumb" in verdict("gate", [THUMB], 0.98)
    assert "better peer: none reaches it" in verdict("gate", [OWN, BLURRED], 0.98)


def test_peers_come_in_our_texture_sizes():
    names = [peer.name for peer in peers_of([512, 2048, 4096, 512], 4096)]
    assert names == [
        "gltfpack -cc",
        "gltf-transform",
        "gltf-transform --texture-size 512",
        "gltf-transform --texture-compress webp",
        "gltf-transform --texture-size 512 --texture-compress webp",
        "gltfpack -cc -tw",
        "gltfpack -cc -tw -tl 2048",
        "gltfpack -cc -tw -tl 512",
    ]
    assert [peer.named for peer in peers_of([512], 4096)][:3] == [True] * 3


def test_peers_are_called_as_their_help_says(tmp_path):
    source, target = tmp_path / "in.glb", tmp_path / "out.glb"
    pack = Peer("gltfpack", ("-cc",), True).command(tmp_path / "pack", source, target)
    small = Peer("gltf-transform", ("--texture-size", "512"), True)

    assert pack[1:] == ["-cc", "-i", str(source), "-o", str(target)]
    assert small.command(tmp_path / "gt", source, target)[1:] == [
        "optimize", str(source), str(target), "--texture-size", "512",
    ]  # fmt: skip


def test_a_master_of_a_work_folder_has_its_name(tmp_path):
    assert name_of(tmp_path / "arch" / "model" / "master.glb") == "arch"
    assert name_of(tmp_path / "venus.glb") == "venus"


def test_a_table_of_some_columns():
    rows = [{"a": 1, "b": "xyz", "c": 0}, {"a": 200, "b": "", "c": 0}]
    assert table_of(rows, ["b", "a"]).splitlines() == ["b    a", "xyz  1", "     200"]


def test_a_child_is_counted(tmp_path):
    code = "x = b'1' * 150_000_000; sum(range(3_000_000)); print('well')"
    child = run_child([sys.executable, "-c", code], tmp_path / "log", limit_s=60)

    assert child.fate == DONE
    assert 150 < child.process_mb < 300
    assert child.cpu_s > 0
    assert (tmp_path / "log").read_text() == "well\n"


def test_a_child_that_fails_says_why(tmp_path):
    code = "import sys; print('first'); sys.exit('no such model')"
    child = run_child([sys.executable, "-c", code], tmp_path / "log", limit_s=60)

    assert child.fate == "failed with 1: no such model"


@pytest.mark.parametrize(
    ("limits", "fate"),
    [
        ({"limit_s": 0.5}, "cut after 0.5 s"),
        ({"limit_s": 60, "limit_bytes": 100e6}, "cut at 0.1 GB"),
    ],
)
def test_a_child_is_cut_with_all_below_it(tmp_path, limits, fate):
    sleeper = "import time; x = b'1' * 200_000_000; time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {sleeper!r}])"
    child = run_child([sys.executable, "-c", code], tmp_path / "log", **limits)

    assert child.fate == fate
    assert child.wall_s < 30


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_child_ends_with_the_benchmark(tmp_path, number):
    """SIGTERM goes to the whole group, as from `timeout` or a terminal; SIGKILL to one process."""
    sleeper = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))"
    sleeper += "; time.sleep(60)"
    code = (
        "import sys; from pathlib import Path; from benchmarks.children import run_child; "
        f"log = Path({str(tmp_path / 'log')!r}); "
        f"run_child([sys.executable, '-c', {sleeper!r}], log, limit_s=60)"
    )
    benchmark = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, start_new_session=True)
    child = until(lambda: int((tmp_path / "pid").read_text() or 0))

    if number == signal.SIGTERM:
        os.killpg(benchmark.pid, number)
    else:
        benchmark.kill()
    benchmark.wait()

    until(lambda: not psutil.pid_exists(child))


def until(condition, limit_s=30):
    """What a condition finds, once it finds something."""
    started = time.perf_counter()
    while time.perf_counter() - started < limit_s:
        with contextlib.suppress(OSError):
            if found := condition():
                return found
        time.sleep(0.05)
    raise TimeoutError


@pytest.mark.parametrize("faces", [1000, 20_000])
def test_a_vase_has_its_faces_and_looks_outwards(faces):
    scene = vase(faces, 512)

    assert scene.faces == pytest.approx(faces, rel=0.05)
    part = scene.parts[0]
    corners = part.positions[part.faces].astype(float)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outwards = corners.mean(axis=1) * [1, 0, 1]
    assert (np.einsum("ij,ij->i", normals, outwards) > 0).all()
    assert np.linalg.norm(normals, axis=1).min() > 0


def test_a_link_looks_at_the_middle_of_a_model():
    link = link_to({"bounds_min": [0, 0, 0], "bounds_max": [2, 4, 2]})
    assert link == "#view=1.000,4.000,7.000,1.000,2.000,1.000"
    assert link_to({}) == ""


def test_versions_become_a_tour_of_one_model(tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    facts = {"quality": "Thumb", "bytes": 4, "faces": 2, "texture_px": 8}
    files = {"cleaned": {"faces": 3}, "a.thumb.glb": facts, "a.ar.glb": {"bytes": 4, "faces": 2}}
    (made / "a.thumb.glb").write_bytes(b"glTF")
    (made / "optimise.json").write_text(json.dumps({"files": files}))

    package = write_tour(tmp_path / "tour", made)

    tour = Tour.model_validate_json((package / "tour.json").read_bytes())
    assert [each.uri for each in tour.models[0].derivatives] == ["model/a.thumb.glb"]
    assert (package / "model" / "a.thumb.glb").read_bytes() == b"glTF"
