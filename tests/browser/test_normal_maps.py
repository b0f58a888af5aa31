"""three.js reads the baked normal maps as they were meant, without tangents in the file.

MeshNormalMaterial shows the normal that every other material would be lit with.
"""

import base64
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.optimise.known_scenes import GREY, bump_normals, bumpy_plane, flat_square
from vtour.glb.scene import Part, Scene
from vtour.node import SCRIPTS
from vtour.optimise.shaping.bake import Wanted, bake_maps
from vtour.optimise.shaping.decimate import Budget
from vtour.optimise.shaping.master_surface import MasterSurface
from vtour.optimise.shaping.rebake import RebakeOptions, rebake

SIZE = 256
THREE = Path(SCRIPTS, "node_modules", "three", "build")
ORIGIN = "http://three.test/"
PAGE = """<!doctype html><script type="module">
import * as THREE from "./three.module.min.js";
window.show = async ({ positions, normals, uvs, faces, map, from, up }) => {
  const renderer = new THREE.WebGLRenderer({ preserveDrawingBuffer: true });
  renderer.setSize(SIZE, SIZE, false);
  renderer.outputColorSpace = THREE.LinearSRGBColorSpace;
  const geometry = new THREE.BufferGeometry();
  const floats = (values, size) => new THREE.BufferAttribute(new Float32Array(values), size);
  geometry.setAttribute("position", floats(positions, 3));
  geometry.setAttribute("normal", floats(normals, 3));
  if (uvs) geometry.setAttribute("uv", floats(uvs, 2));
  geometry.setIndex(faces);
  const material = new THREE.MeshNormalMaterial();
  if (map) {
    material.normalMap = await new THREE.TextureLoader().loadAsync(map);
    material.normalMap.flipY = false;  // as GLTFLoader does
    material.normalScale.set(1, -1);  // as GLTFLoader does where there are no tangents
  }
  const camera = new THREE.OrthographicCamera(-1, 1, 1, -1, 0.1, 20);
  camera.position.set(...from);
  camera.up.set(...up);
  camera.lookAt(0, 0, 0);
  renderer.render(new THREE.Scene().add(new THREE.Mesh(geometry, material)), camera);
  return renderer.domElement.toDataURL("image/png");
};
window.ready = true;
</script>""".replace("SIZE", str(SIZE))


@pytest.fixture
def three(browser):
    """Renders a part from a side: normals (SIZE, SIZE, 3) in the camera's axes, nan for none."""
    page = browser.new_page()

    def serve(route):
        name = route.request.url.removeprefix(ORIGIN)
        if name in ("three.module.min.js", "three.core.min.js"):
            route.fulfill(body=(THREE / name).read_bytes(), content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    page.route(f"{ORIGIN}**", serve)
    page.goto(ORIGIN)
    page.wait_for_function("window.ready")

    def show(part, map, from_, up):
        job = {
            "positions": part.positions.reshape(-1).tolist(),
            "normals": part.normals.reshape(-1).tolist(),
            "uvs": None if map is None else part.uvs.reshape(-1).tolist(),
            "faces": part.faces.reshape(-1).tolist(),
            "map": None if map is None else data_url(map),
            "from": from_,
            "up": up,
        }
        picture = page.evaluate("(job) => show(job)", job)
        png = base64.b64decode(picture.split(",")[1])
        image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(float)
        normals = image / 127.5 - 1
        normals[image.sum(axis=2) == 0] = np.nan
        return normals / np.linalg.norm(normals, axis=2, keepdims=True)

    yield show
    page.close()


def data_url(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def degrees_between(a, b):
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1, 1)))


CHARTS = {
    "plain": [(0, 0), (1, 0), (0, 1), (1, 1)],
    "turned": [(0, 1), (0, 0), (1, 1), (1, 0)],
    "mirrored": [(1, 0), (0, 0), (1, 1), (0, 1)],
    "stretched": [(0, 0), (0.4, 0), (0, 1), (0.4, 1)],
    "sheared": [(0, 0), (0.6, 0), (0.4, 1), (1, 1)],
}


@pytest.mark.parametrize("chart", CHARTS)
def test_two_faces_shine_like_the_bumps_they_replace(three, chart):
    part = flat_square(np.array(CHARTS[chart], float))
    baked = bake_maps(MasterSurface(bumpy_plane()), part, 256, Wanted(base=False, normal=True))
    seen = three(part, baked.normal, (0, 5, 0), (0, 0, -1))

    centre = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    z, x = np.meshgrid(centre, centre, indexing="ij")  # the picture's right is +x, its up -z
    wanted = bump_normals(np.stack([x, 0 * x, z], axis=-1).reshape(-1, 3)).reshape(SIZE, SIZE, 3)
    in_view = np.stack([wanted[..., 0], -wanted[..., 2], wanted[..., 1]], axis=-1)
    off = degrees_between(seen, in_view)[4:-4, 4:-4]
    assert np.percentile(off, 99) < 2
    assert np.median(off) < 0.7
    assert degrees_between(in_view, np.array([0, 0, 1.0])).max() > 6


def bumpy_ball(rings=120):
    """A ball of 0.8 m with bumps of 1 cm: faces, and normals by derivation."""
    lat, lon = np.meshgrid(
        np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings + 1), indexing="ij"
    )
    unit = np.stack([np.sin(lat) * np.cos(lon), np.cos(lat), np.sin(lat) * np.sin(lon)], axis=-1)
    unit[:, -1], unit[0], unit[-1] = unit[:, 0], (0, 1, 0), (0, -1, 0)
    unit = unit.reshape(-1, 3)
    bumps = 10 * unit
    radius = 0.8 + 0.01 * np.sin(bumps).prod(axis=1)
    slope = 0.1 * np.stack(
        [np.cos(bumps[:, k]) * np.sin(np.delete(bumps, k, 1)).prod(axis=1) for k in range(3)], 1
    )
    slope -= (slope * unit).sum(axis=1, keepdims=True) * unit
    normals = unit - slope / radius[:, None]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    corner = np.arange(len(unit)).reshape(rings + 1, 2 * rings + 1)
    a, b, c, d = (
        part.reshape(-1)
        for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:])
    )
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)]).astype(np.uint32)
    places = (unit * radius[:, None]).astype(np.float32)
    return Part(places, faces, normals=normals.astype(np.float32))


def test_a_coarse_ball_shines_like_the_fine_one(three):
    fine = bumpy_ball()
    scene, report = rebake(Scene([fine], [GREY]), Budget(faces=400), RebakeOptions(texture_px=512))
    assert report.charts > 1
    coarse = scene.parts[0]
    bare = replace(coarse, uvs=None)

    for from_ in ((0, 5, 0.1), (3, 2, 3), (-4, -1, 2)):
        wanted = three(fine, None, from_, (0, 1, 0))
        seen = three(coarse, scene.materials[0].normal.pixels, from_, (0, 1, 0))
        plain = three(bare, None, from_, (0, 1, 0))
        off, without = degrees_between(seen, wanted), degrees_between(plain, wanted)
        assert np.nanmedian(off) < 1.0
        assert np.nanpercentile(off, 95) < 4.0
        assert np.nanmedian(without) > 2.5
