"""Texture of the synthetic site against photos from other standpoints.

python -m benchmarks.accuracy.texture [--scene hard] [--photo-px 1000] [--keep FOLDER] [--only NAME]

Photos, true cameras and the true surface (welded, 2 mm of noise): only texturing is measured. In
the scene ``hard`` every photo has its own exposure, tone curve and white balance, and a person
stands somewhere else in each; ``blurred`` has three photos shaken on top; ``clean`` has nothing.

Held-out photos are free of all that. The textured mesh is ray-cast from their cameras, four rays a
pixel; compared are pixels of surface that some training photo sees. Before the PSNR one gain and
one offset a channel are solved for the whole view, as no method can know the exposure of
the held-out photos. Rows: ours; ours with each part switched off; the largest view of each face
and nothing else, as COLMAP's mesh_texturer begins, and the same with our colours evened out; the
softmax blend of Open3D's ``project_images_to_albedo`` over our own layout of the page.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("NUMBA_NUM_THREADS", "2")

import argparse
import resource
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.machine import append_results
from vtour.files import file_digest, write_json
from vtour.glb import TexturedMesh, read_glb
from vtour.optimise.shaping.bake import NOTHING_HIT, points_on_faces, sample_texture, scene_of
from vtour.reconstruct.mesh import Mesh, write_mesh
from vtour.reconstruct.texture import TextureOptions, texture_mesh
from vtour.reconstruct.visibility import DataTerm
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.synthetic.cameras import Camera, Lens, looking_at, pixel_grid
from vtour.synthetic.courtyard import Site, build_site
from vtour.synthetic.geometry import lathe
from vtour.synthetic.images import developed, photo_of, supersampled
from vtour.synthetic.layout import STATUE
from vtour.synthetic.render import RayMesh, Scene
from vtour.synthetic.survey import Shot, on_circle, small_path
from vtour.workspace import Workspace

SEED = 4
FOCAL = 0.78
JITTER_EV = 0.35
JITTER_GAMMA = 0.10
JITTER_WHITE = 0.06
NOISE_M = 0.002
LEAST_SHARE = 0.025  # of a photo that the person covers
HELD_OUT = ((6.6, -100, 2.2), (6.2, -40, 1.9), (6.4, 20, 2.4), (6.0, 80, 2.0))
HELD_OUT_ORBIT = ((2.9, 65, 1.8), (3.0, -125, 2.1))
BLURRED = (4, 9, 18)
PATIENCE = 400
BLOCK = 3  # pixels: what the training photos see is found for every third row and column
SUBPIXELS = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))

BASE = TextureOptions(texture_px=4096, drop_unseen=False, trim_sky=False)
AREA = replace(BASE, data_term=DataTerm.area, reject_outliers=False, smoothness=0.0, blend_rings=0)
VARIANTS = {
    "ours": BASE,
    "no gradient": replace(BASE, data_term=DataTerm.area),
    "no smoothness": replace(BASE, smoothness=0.0),
    "no outlier test": replace(BASE, reject_outliers=False),
    "no levelling": replace(BASE, level_seams=False),
    "no blending": replace(BASE, blend_rings=0),
    "area": replace(AREA, level_seams=False),
    "area, levelled": AREA,
}
SOFTMAX = "open3d softmax"


# scene ------------------------------------------------------------------------
def cameras_of(shots: list[Shot], side_px: int, folder: str) -> list[Camera]:
    """Pinhole cameras, which Open3D needs, a little off the path as a hand is."""
    rng = np.random.default_rng([SEED, 1, len(shots)])
    width, height = side_px, side_px * 3 // 4
    lens = Lens("hand", width, height, FOCAL * side_px, (width / 2, height / 2), (0.0, 0.0))
    cameras = []
    for number, shot in enumerate(shots):
        centre = shot.centre + rng.uniform(-0.12, 0.12, 3)
        rotation = looking_at(centre, shot.target + rng.uniform(-0.25, 0.25, 3))
        cameras.append(Camera(f"{folder}/{number:02d}.png", lens, rotation, centre))
    return cameras


def held_out_shots() -> list[Shot]:
    aim = np.array([-0.2, 1.35, -1.6])
    far = [Shot("hand", on_circle((-0.3, -0.8), r, turn, y), aim) for r, turn, y in HELD_OUT]
    statue = STATUE + np.array([0, 1.6, 0])
    near = [
        Shot("hand", on_circle((STATUE[0], STATUE[2]), r, turn, y), statue)
        for r, turn, y in HELD_OUT_ORBIT
    ]
    return far + near


def person_at(foot: np.ndarray) -> RayMesh:
    """A standing body of 1.75 m without arms."""
    height = np.array([0, 0.02, 0.45, 0.85, 1.0, 1.35, 1.46, 1.5, 1.55, 1.65, 1.74, 1.75])
    radius = np.array([0.16, 0.17, 0.16, 0.19, 0.18, 0.24, 0.16, 0.07, 0.09, 0.11, 0.05, 0.0])
    part = lathe(foot, height, radius, 32, 0)
    return RayMesh(part.vertices, part.faces)


def with_person(
    image: np.ndarray, distance: np.ndarray, camera: Camera, rng: np.random.Generator, gain: float
) -> np.ndarray:
    """A person in a striped shirt somewhere in the photo, hidden by what is nearer."""
    for _ in range(PATIENCE):
        foot = place_before(camera, rng)
        if person_share(camera, distance, foot) > LEAST_SHARE:
            share, colour = person_layer(camera, distance, foot, gain)
            mixed = image * (1 - share[..., None]) + colour
            return np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)
    raise SystemExit(f"{camera.file}: found no place for a person")


def place_before(camera: Camera, rng: np.random.Generator) -> np.ndarray:
    forward = camera.world_from_cam[:, 2] * [1, 0, 1]
    forward /= np.linalg.norm(forward)
    sideways = np.cross(forward, [0.0, 1.0, 0.0])
    away = rng.uniform(1.8, 5.0)
    place = camera.centre + away * (forward + rng.uniform(-0.5, 0.5) * sideways)
    place[1] = 0.02
    return place


def person_share(camera: Camera, distance: np.ndarray, foot: np.ndarray) -> float:
    """How much of the photo a person covers, by every eighth pixel."""
    every = np.arange(distance.size).reshape(distance.shape)[::8, ::8].ravel()
    rays = camera.lens.rays_from_pixels(pixel_grid(*distance.shape[::-1])[every])
    rays = rays @ camera.world_from_cam.T
    hits = person_at(foot).first_hits(np.broadcast_to(camera.centre, rays.shape), rays)
    return float((hits["t_hit"] < distance.ravel()[every]).mean())


def person_layer(camera: Camera, distance: np.ndarray, foot: np.ndarray, gain: float):
    """Share (h, w) of each pixel that the person covers, and its colour times the share."""
    body = person_at(foot)
    size = (camera.lens.height, camera.lens.width)
    share, colour = np.zeros(size), np.zeros((*size, 3))
    for offset in SUBPIXELS:
        rays = camera.lens.rays_from_pixels(pixel_grid(size[1], size[0]) + offset)
        rays = rays @ camera.world_from_cam.T
        hits = body.first_hits(np.broadcast_to(camera.centre, rays.shape), rays)
        seen = hits["t_hit"] < distance.ravel()
        light = 0.45 + 0.55 * np.abs(hits["primitive_normals"] @ [0.4, 0.5, 0.77])
        height = camera.centre[1] + np.where(seen, hits["t_hit"], 0) * rays[:, 1] - foot[1]
        cloth = clothes(height) * (light * gain)[:, None]
        share += seen.reshape(size) / 4
        colour += (cloth * seen[:, None]).reshape(*size, 3) / 4
    return share, colour


def clothes(height: np.ndarray) -> np.ndarray:
    """Dark trousers, a shirt with red and white stripes, a face, dark hair."""
    stripe = (np.floor(height / 0.06) % 2 == 0)[:, None]
    shirt = np.where(stripe, [190.0, 40, 45], [225.0, 225, 220])
    colour = np.where((height < 0.9)[:, None], [45.0, 50, 70], shirt)
    colour = np.where((height > 1.45)[:, None], [205.0, 160, 130], colour)
    return np.where((height > 1.66)[:, None], [40.0, 32, 28], colour)


def jittered(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another tone curve and another white balance."""
    gamma = 1 + rng.uniform(-JITTER_GAMMA, JITTER_GAMMA)
    white = 1 + rng.uniform(-JITTER_WHITE, JITTER_WHITE, 3)
    return np.rint(255 * np.clip((image / 255) ** gamma * white, 0, 1)).astype(np.uint8)


def shaken(image: np.ndarray) -> np.ndarray:
    """Moved by seven pixels along a diagonal while it was taken."""
    import cv2

    return cv2.filter2D(image, -1, np.eye(7, dtype=np.float32) / 7, borderType=cv2.BORDER_REFLECT)


def take_photos(root: Path, scene: Scene, cameras: list[Camera], kind: str) -> None:
    """Render the photos that are not there yet."""
    for number, camera in enumerate(cameras):
        path = root / camera.file
        if path.exists():
            continue
        if kind == "held-out":
            save(path, clean_photo(scene, camera))
            continue
        rng = np.random.default_rng([SEED, 2, number])
        ev = rng.uniform(-JITTER_EV, JITTER_EV) if kind in ("hard", "blurred") else 0.0
        image, distance = photo_of(scene, camera, rng, exposure_ev=ev)
        if kind in ("hard", "blurred"):
            image = with_person(image, distance, camera, rng, 2 ** (ev / 2.2))
            if kind == "blurred" and number in BLURRED:
                image = shaken(image)
            image = jittered(image, rng)
        save(path, image)


def save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


def clean_photo(scene: Scene, camera: Camera) -> np.ndarray:
    """A photo without noise and without darker corners."""
    lens = camera.lens
    light, _ = supersampled(scene, camera, pixel_grid(lens.width, lens.height))
    return developed(light.reshape(lens.height, lens.width, 3), None)


def surface(site: Site, scene: Scene, cameras: list[Camera]) -> tuple[np.ndarray, np.ndarray]:
    """The true mesh, welded, with a little noise: what the cameras see and two rings around it."""
    seen = np.zeros(len(site.faces), bool)
    for camera in cameras:
        rays = camera.lens.rays_from_pixels(pixel_grid(camera.lens.width, camera.lens.height))
        rays = rays @ camera.world_from_cam.T
        found = scene.first_hits(np.broadcast_to(camera.centre, rays.shape), rays)
        seen[found["primitive_ids"][np.isfinite(found["t_hit"])]] = True
    seen &= site.inside == 1
    _, first, welded = np.unique(
        np.round(site.vertices, 4), axis=0, return_index=True, return_inverse=True
    )
    faces = welded[site.faces]
    for _ in range(2):
        near = np.zeros(len(first), bool)
        near[faces[seen]] = True
        seen |= near[faces].any(axis=1) & (site.inside == 1)
    used, faces = np.unique(faces[seen], return_inverse=True)
    positions = site.vertices[first[used]]
    rng = np.random.default_rng([SEED, 3])
    faces = faces.reshape(-1, 3)
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    return positions + rng.normal(0, NOISE_M, positions.shape), faces[whole]


def workspace(root: Path, cameras: list[Camera], mesh: tuple[np.ndarray, np.ndarray]) -> Workspace:
    import pycolmap

    work = Workspace(root / "work", root)
    positions, faces = mesh
    colours = np.full_like(positions, 0.5)
    write_mesh(work.mesh, Mesh(positions=positions, colours=colours, faces=faces))
    lens = cameras[0].lens
    model, files = pycolmap.Reconstruction(), []
    camera_model = pycolmap.Camera(
        model="PINHOLE",
        width=lens.width,
        height=lens.height,
        params=[lens.focal_px, lens.focal_px, *lens.centre_px],
        camera_id=1,
    )
    model.add_camera_with_trivial_rig(camera_model)
    for number, camera in enumerate(cameras):
        image = pycolmap.Image(name=camera.file, camera_id=1, image_id=number + 1)
        rotation = camera.world_from_cam.T
        pose = pycolmap.Rigid3d(pycolmap.Rotation3d(rotation), -rotation @ camera.centre)
        model.add_image_with_trivial_frame(image, pose)
        path = root / camera.file
        files.append(
            CaptureFile(
                path=camera.file,
                kind=FileKind.photo,
                status=FileStatus.used,
                bytes=path.stat().st_size,
                sha256=file_digest(path),
                width_px=lens.width,
                height_px=lens.height,
            )
        )
    work.sparse.mkdir(parents=True, exist_ok=True)
    model.write(work.sparse)
    record = Inventory(site_id="scene", layout="standard", files=files)
    write_json(work.inventory, record.model_dump(mode="json"))
    return work


# comparison -------------------------------------------------------------------
@dataclass(frozen=True)
class HeldOut:
    """A photo to compare with.

    counts : (n,) pixels that are compared.
    face, where : (n, 4) and (n, 4, 2) what four rays of each hit, as Open3D gives it.
    """

    file: str
    image: np.ndarray
    counts: np.ndarray
    face: np.ndarray
    where: np.ndarray


def held_out_views(
    root: Path,
    scene: Scene,
    mesh: tuple[np.ndarray, np.ndarray],
    views: list[Camera],
    cameras: list[Camera],
) -> list[HeldOut]:
    """The held-out photos with what their pixels hit, where some training photo sees that."""
    textured = scene_of(mesh[0].astype(np.float32), mesh[1].astype(np.uint32))
    result = []
    for camera in views:
        size = (camera.lens.height, camera.lens.width)
        seen = np.zeros(size, bool)
        block = seen_by_some(scene, camera, cameras)
        seen[:] = block.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)[: size[0], : size[1]]
        pixels = pixel_grid(*size[::-1])
        hits = []
        for offset in SUBPIXELS:
            rays = rays_of(camera, pixels[seen.ravel()] + offset)
            found = textured.cast_rays(rays)
            hits.append((found["primitive_ids"].numpy(), found["primitive_uvs"].numpy()))
        face = np.stack([hit[0] for hit in hits], axis=1)
        where = np.stack([hit[1] for hit in hits], axis=1)
        whole = (face != NOTHING_HIT).all(axis=1)
        counts = np.flatnonzero(seen)[whole]
        image = np.asarray(Image.open(root / camera.file))
        result.append(HeldOut(camera.file, image, counts, face[whole], where[whole]))
    return result


def rays_of(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    """Rays (n, 6) float32, origin and unit direction in the world."""
    along = camera.lens.rays_from_pixels(pixels) @ camera.world_from_cam.T
    origin = np.broadcast_to(camera.centre, along.shape)
    return np.concatenate([origin, along], axis=1).astype(np.float32)


def seen_by_some(scene: Scene, camera: Camera, cameras: list[Camera]) -> np.ndarray:
    """Blocks of pixels whose surface, at their first pixel, some training photo sees."""
    lens = camera.lens
    grid = pixel_grid(lens.width, lens.height).reshape(lens.height, lens.width, 2)
    grid = grid[::BLOCK, ::BLOCK]
    along = rays_of(camera, grid.reshape(-1, 2))[:, 3:].astype(float)
    found = scene.first_hits(np.broadcast_to(camera.centre, along.shape), along)
    there = np.isfinite(found["t_hit"])
    points = camera.centre + along * np.where(there, found["t_hit"], 0)[:, None]
    seen = np.zeros(len(points), bool)
    for other in cameras:
        rest = np.flatnonzero(there & ~seen)
        seen[rest] = visible(scene, points[rest], found["primitive_normals"][rest], other)
    return seen.reshape(grid.shape[:2])


def visible(scene: Scene, points: np.ndarray, normals: np.ndarray, camera: Camera) -> np.ndarray:
    """Whether a camera sees points (n, 3), less than 80 degrees off their normals (n, 3)."""
    towards = points - camera.centre
    far = np.linalg.norm(towards, axis=1)
    along = towards / np.maximum(far, 1e-9)[:, None]
    pixels = camera.pixels_from_world(points)
    size = np.array([camera.lens.width, camera.lens.height])
    with np.errstate(invalid="ignore"):
        inside = ((pixels > 4) & (pixels < size - 4)).all(axis=1)
    inside &= np.abs((along * normals).sum(axis=1)) > np.cos(np.radians(80))
    hit = np.full(len(points), np.nan)
    rays = along[inside]
    hit[inside] = scene.first_hits(np.broadcast_to(camera.centre, rays.shape), rays)["t_hit"]
    with np.errstate(invalid="ignore"):
        return np.abs(hit - far) < 0.005 + 0.002 * far


def score(mesh: TexturedMesh, views: list[HeldOut], folder: Path | None) -> dict[str, float]:
    """Mean PSNR (dB) and SSIM over the held-out views; pictures into ``folder``."""
    from skimage.metrics import structural_similarity

    psnr, ssim = [], []
    for view in views:
        truth = view.image.astype(float)
        found = np.zeros((len(view.counts), 3))
        for ray in range(len(SUBPIXELS)):
            uvs = points_on_faces(mesh.uvs, mesh.faces, view.face[:, ray], view.where[:, ray])
            found += sample_texture(mesh.texture, uvs) / len(SUBPIXELS)
        level = truth.reshape(-1, 3).copy()
        wanted = level[view.counts]
        for channel in range(3):
            here = np.stack([found[:, channel], np.ones(len(found))], axis=1)
            fit, *_ = np.linalg.lstsq(here, wanted[:, channel], rcond=None)
            level[view.counts, channel] = np.clip(here @ fit, 0, 255)
        psnr.append(10 * np.log10(255**2 / np.mean((level[view.counts] - wanted) ** 2)))
        _, similar = structural_similarity(
            truth,
            level.reshape(truth.shape),
            data_range=255,
            channel_axis=2,
            gaussian_weights=True,
            full=True,
        )
        ssim.append(similar.mean(axis=2).ravel()[view.counts].mean())
        if folder:
            shown = np.full_like(level, 128)
            shown[view.counts] = level[view.counts]
            save_pair(folder / Path(view.file).name, truth, shown.reshape(truth.shape))
    return {"psnr_db": round(float(np.mean(psnr)), 2), "ssim": round(float(np.mean(ssim)), 4)}


def save_pair(path: Path, truth: np.ndarray, shown: np.ndarray) -> None:
    save(path, np.rint(np.concatenate([truth, shown], axis=1)).astype(np.uint8))


def softmax_blend(mesh: TexturedMesh, root: Path, cameras: list[Camera]) -> TexturedMesh:
    """Our mesh and layout of the page with the colours that Open3D blends."""
    import open3d as o3d

    tensor = o3d.core.Tensor.from_numpy
    target = o3d.t.geometry.TriangleMesh(
        tensor(mesh.positions.astype(np.float32)), tensor(mesh.faces.astype(np.int32))
    )
    uvs = mesh.uvs[mesh.faces].astype(np.float32)
    uvs[..., 1] = 1 - uvs[..., 1]
    target.triangle["texture_uvs"] = tensor(uvs)
    images, inner, outer = [], [], []
    for camera in cameras:
        images.append(o3d.t.io.read_image(str(root / camera.file)))
        focal, (x, y) = camera.lens.focal_px, camera.lens.centre_px
        # Open3D's pixel centres lie on whole numbers.
        inner.append(tensor(np.array([[focal, 0, x - 0.5], [0, focal, y - 0.5], [0, 0, 1.0]])))
        pose = np.eye(4)
        pose[:3, :3] = camera.world_from_cam.T
        pose[:3, 3] = -camera.world_from_cam.T @ camera.centre
        outer.append(tensor(pose))
    size = mesh.texture.shape[0]
    albedo = target.project_images_to_albedo(images, inner, outer, size, False)
    return replace(mesh, texture=np.ascontiguousarray(albedo.as_tensor().numpy()[..., :3]))


# run --------------------------------------------------------------------------
def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", choices=("hard", "blurred", "clean"), default="hard")
    parser.add_argument("--photo-px", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="folder for photos, models and pictures")
    parser.add_argument("--only", action="append", help="one row; may be repeated")
    parser.add_argument("--dry", action="store_true", help="append no results")
    arguments = parser.parse_args()
    root = (arguments.keep or Path(tempfile.mkdtemp())) / f"{arguments.scene}-{arguments.photo_px}"

    site = build_site()
    scene = Scene(site)
    cameras = cameras_of(small_path(), arguments.photo_px, "photos")
    views = cameras_of(held_out_shots(), arguments.photo_px, "held-out")
    take_photos(root, scene, cameras, arguments.scene)
    take_photos(root, scene, views, "held-out")
    mesh = surface(site, scene, cameras + views)
    work = workspace(root, cameras, mesh)
    held_out = held_out_views(root, scene, mesh, views, cameras)

    chosen = arguments.only or [*VARIANTS, SOFTMAX]
    if SOFTMAX in chosen and "ours" not in chosen:
        parser.error(f"{SOFTMAX} uses the layout of ours: name both")
    rows = []
    ours: TexturedMesh | None = None
    for name in chosen:
        started, cpu = time.perf_counter(), cpu_s()
        if name == SOFTMAX:
            model = softmax_blend(ours, root, cameras)
        else:
            out = Workspace(root / "out" / name.replace(" ", "-").replace(",", ""))
            texture_mesh(work, out, VARIANTS[name])
            model = read_glb(out.master_model)
            ours = model if name == "ours" else ours
        row = {"scene": arguments.scene, "photos": len(cameras), "photo_px": arguments.photo_px}
        row |= {"faces": len(mesh[1]), "method": name, "texture_px": model.texture.shape[0]}
        used, wall = round(cpu_s() - cpu, 1), round(time.perf_counter() - started, 1)
        pictures = root / "pictures" / name.replace(" ", "-").replace(",", "")
        row |= score(model, held_out, pictures if arguments.keep else None)
        row |= {"cpu_s": used, "wall_s": wall}
        print(name, row["psnr_db"], row["ssim"], used, flush=True)
        rows.append(row)
    if not arguments.dry:
        append_results("texture", rows)


if __name__ == "__main__":
    main()
