"""A work folder as the stages before ``package`` leave it, around one box."""

import json

import numpy as np
from sample_packages import box_mesh, write_models, write_poster

from vtour.capture.inventory import InventoryOptions, list_captures
from vtour.files import file_digest, write_json
from vtour.workspace import Workspace

IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
PHOTO = "photos/P1.jpg"
WIDTH, HEIGHT, FOCAL = 400, 300, 200.0


def world_json(**changes):
    return {
        "version": "1.0",
        "scale": "metric",
        "scale_source": "gps",
        "north": "true",
        "up": "measured",
        "anchor": {"lat": 21.85, "lon": 106.75, "height_m": 260.0, "datum": "WGS 84 ellipsoid"},
        "world_from_sfm": IDENTITY,
        **changes,
    }


def capture(path, kind, status="used", **more):
    return {"path": path, "kind": kind, "status": status, "bytes": 1, "sha256": "0" * 64, **more}


def write_sparse(folder, photos):
    """A COLMAP model: ``photos`` maps a name to (cam_from_world rotation, centre in world)."""
    import pycolmap

    model = pycolmap.Reconstruction()
    camera = pycolmap.Camera(
        model="SIMPLE_PINHOLE",
        width=WIDTH,
        height=HEIGHT,
        params=[FOCAL, WIDTH / 2, HEIGHT / 2],
        camera_id=1,
    )
    model.add_camera_with_trivial_rig(camera)
    for number, (name, (rotation, centre)) in enumerate(photos.items(), start=1):
        pose = pycolmap.Rigid3d(
            pycolmap.Rotation3d(np.asarray(rotation, float)), -np.asarray(rotation) @ centre
        )
        image = pycolmap.Image(name=name, camera_id=1, image_id=number)
        model.add_image_with_trivial_frame(image, pose)
    folder.mkdir(parents=True, exist_ok=True)
    model.write_binary(str(folder))


# A camera south of the box that looks north (-Z in the world), level: its right is east (+X),
# its down is -Y, its forward is -Z. Rows are camera axes written in the world.
LOOKS_NORTH = [[1, 0, 0], [0, -1, 0], [0, 0, -1]]
SOUTH = np.array([0.0, 1.0, 8.0])


def write_mesh(path):
    import open3d as o3d

    mesh = box_mesh()
    path.parent.mkdir(parents=True, exist_ok=True)
    triangles = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(mesh.positions.astype(float)),
        o3d.utility.Vector3iVector(mesh.faces.astype(np.int32)),
    )
    o3d.io.write_triangle_mesh(str(path), triangles)


def listed_media(captures):
    """What the inventory says of all captures but photos and site.yaml."""
    inventory = list_captures(captures, InventoryOptions(check_overlap=False))
    return [file.to_json() for file in inventory.files if file.kind in ("media", "other")]


def write_work_folder(tmp_path, site_yaml=None, extra_files=(), **world):
    """Returns the Workspace of a folder with everything that ``package`` reads."""
    work = Workspace(tmp_path / "work", tmp_path / "captures")
    work.captures.mkdir(parents=True, exist_ok=True)
    files = [capture(PHOTO, "photo", width_px=WIDTH, height_px=HEIGHT), *extra_files]
    if site_yaml is not None:
        (work.captures / "site.yaml").write_text(site_yaml, encoding="utf-8")
        files.append(capture("site.yaml", "site"))
        files += listed_media(work.captures)
    write_json(work.inventory, {"site_id": "old-box", "layout": "standard", "files": files})
    write_json(work.world, world_json(**world))
    write_json(work.derivatives_list, write_models(work.root))
    write_poster(work.root)
    write_sparse(work.sparse, {PHOTO: (LOOKS_NORTH, SOUTH)})
    write_mesh(work.mesh)
    write_json(
        work.report("world"),
        {
            "stage": "world",
            "measures": {
                "gps_residual": {"value": 1.25, "unit": "m", "n": 1},
                "wall_time": {"value": 3.5, "unit": "s"},
            },
        },
    )
    return work


def digests(folder):
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): file_digest(p) for p in found}


def read_manifest(work):
    return json.loads((work.package / "tour.json").read_text(encoding="utf-8"))
