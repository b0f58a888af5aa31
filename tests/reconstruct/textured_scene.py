"""Scenes with a known colour at every point, photographed by ray casting."""

import numpy as np
import open3d as o3d
import pycolmap
from PIL import Image

from vtour.files import file_digest, write_json
from vtour.reconstruct.mesh import Mesh, write_mesh
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.workspace import Workspace

WIDTH, HEIGHT, FOCAL = 320, 240, 300.0


def grid(corner, across, down, cells):
    """A flat grid of faces that looks along cross(across, down): positions, faces."""
    steps = np.linspace(0, 1, cells + 1)
    a, d = np.meshgrid(steps, steps)
    positions = corner + a[..., None] * np.array(across) + d[..., None] * np.array(down)
    at = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    one, two, three, four = at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]
    faces = np.stack([np.stack([one, two, three], -1), np.stack([one, three, four], -1)], 2)
    return positions.reshape(-1, 3).astype(float), faces.reshape(-1, 3)


def joined(*parts):
    """Several (positions, faces) as one."""
    positions, faces, count = [], [], 0
    for points, triangles in parts:
        positions.append(points)
        faces.append(triangles + count)
        count += len(points)
    return np.vstack(positions), np.vstack(faces)


def looking(eye, target):
    """pycolmap.Rigid3d cam_from_world of a camera that looks at a target with +Y upwards."""
    forward = np.subtract(target, eye) / np.linalg.norm(np.subtract(target, eye))
    right = np.cross(forward, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    translation = -rotation @ np.array(eye, float)
    return pycolmap.Rigid3d(pycolmap.Rotation3d(rotation), translation)


def photograph(scene, camera, pose, colour_at, background=(90, 140, 220)):
    """A photo (h, w, 3): colour_at(points, face ids) at what each pixel's ray hits."""
    x, y = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    flat = camera.cam_from_img(np.stack([x.ravel(), y.ravel()], axis=1))
    rotation = pose.rotation.matrix()
    directions = np.column_stack([flat, np.ones(len(flat))]) @ rotation
    centre = -rotation.T @ pose.translation
    rays = np.column_stack([np.tile(centre, (len(flat), 1)), directions]).astype(np.float32)
    hits = scene.cast_rays(o3d.core.Tensor.from_numpy(rays))
    depth = hits["t_hit"].numpy().astype(float)
    photo = np.tile(np.array(background, float), (len(flat), 1))
    hit = np.isfinite(depth)
    points = centre + directions[hit] * depth[hit, None]
    photo[hit] = colour_at(points, hits["primitive_ids"].numpy()[hit].astype(int))
    return np.rint(np.clip(photo, 0, 255)).astype(np.uint8).reshape(camera.height, camera.width, 3)


def make_workspace(root, mesh, poses, colour_at, *, cameras=None, photos_from=None, gains=None):
    """A workspace with mesh, sparse model, inventory and PNG photos.

    mesh        : (positions, faces) to texture.
    photos_from : (positions, faces) that is photographed, the mesh by default.
    gains       : a factor for each photo's colours.
    """
    positions, faces = mesh
    work = Workspace(root / "work", root / "captures")
    (work.captures / "photos").mkdir(parents=True)
    write_mesh(
        work.mesh, Mesh(positions=positions, colours=np.full_like(positions, 0.5), faces=faces)
    )
    real_positions, real_faces = photos_from or mesh
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(
        o3d.core.Tensor.from_numpy(real_positions.astype(np.float32)),
        o3d.core.Tensor.from_numpy(real_faces.astype(np.uint32)),
    )
    model, files = pycolmap.Reconstruction(), []
    for index, pose in enumerate(poses):
        camera = cameras[index] if cameras else pinhole()
        camera.camera_id = index + 1
        model.add_camera_with_trivial_rig(camera)
        name = f"photos/{index:02d}.png"
        image = pycolmap.Image(name=name, camera_id=index + 1, image_id=index + 1)
        model.add_image_with_trivial_frame(image, pose)
        photo = photograph(scene, camera, pose, colour_at)
        if gains:
            photo = np.rint(np.clip(photo * gains[index], 0, 255)).astype(np.uint8)
        path = work.captures / name
        Image.fromarray(photo).save(path)
        files.append(
            CaptureFile(
                path=name,
                kind=FileKind.photo,
                status=FileStatus.used,
                bytes=path.stat().st_size,
                sha256=file_digest(path),
                width_px=camera.width,
                height_px=camera.height,
            )
        )
    work.sparse.mkdir(parents=True)
    model.write(work.sparse)
    inventory = Inventory(site_id="scene", layout="standard", files=files)
    write_json(work.inventory, inventory.model_dump(mode="json"))
    return work


def pinhole(width=WIDTH, height=HEIGHT, focal=FOCAL):
    """A camera without distortion."""
    return pycolmap.Camera(
        model="PINHOLE", width=width, height=height, params=[focal, focal, width / 2, height / 2]
    )


def sampled(model, faces, corners):
    """Colour (k, 3) of the texture at a place in each of some faces, nearest texel."""
    size = model.texture.shape[0]
    uv = np.einsum("kc,kcx->kx", corners, model.uvs[model.faces[faces]].astype(float))
    at = np.clip(np.floor(uv * size).astype(int), 0, size - 1)
    return model.texture[at[:, 1], at[:, 0]].astype(float)


def face_points(model, faces, corners):
    """Points (k, 3) in the world at a place in each of some faces."""
    return np.einsum("kc,kcx->kx", corners, model.positions[model.faces[faces]].astype(float))
