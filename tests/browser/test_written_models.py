"""What is written opens in other programs' viewers, by decoders of this machine alone."""

import base64
import io
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from tests.browser.conftest import WEB
from tests.browser.needs import lacks
from tests.optimise.scenes import BLUE, GREEN, RED, SAND, rich_scene
from vtour.glb.pictures import PictureFormat
from vtour.glb.write import write_scene
from vtour.node import SCRIPTS
from vtour.optimise.writing.geometry import Compression
from vtour.optimise.writing.ktx2 import PACKAGE
from vtour.optimise.writing.recompress import recompress_glb
from vtour.optimise.writing.write_ar import write_ar_glb
from vtour.optimise.writing.write_web import WebOptions, write_web

MODULES = WEB / "node_modules"
THREE_PAGE = """<!doctype html>
<script type="importmap">{"imports":
  {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}</script>
<script type="module">
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { DRACOLoader } from "three/addons/loaders/DRACOLoader.js";
import { KTX2Loader } from "three/addons/loaders/KTX2Loader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
const renderer = new THREE.WebGLRenderer({ preserveDrawingBuffer: true });
renderer.setSize(512, 128);
renderer.setClearColor(0x000000);
const loader = new GLTFLoader();
loader.setMeshoptDecoder(MeshoptDecoder);
loader.setDRACOLoader(new DRACOLoader().setDecoderPath("/three/examples/jsm/libs/draco/gltf/"));
loader.setKTX2Loader(
  new KTX2Loader().setTranscoderPath("/three/examples/jsm/libs/basis/").detectSupport(renderer));
window.show = async (address) => {
  const { scene: model } = await loader.loadAsync(address);
  const scene = new THREE.Scene();
  scene.add(model, new THREE.AmbientLight(0xffffff, Math.PI));
  const box = new THREE.Box3().setFromObject(model);
  const low = box.min, high = box.max, z = high.z + 5;
  const camera = new THREE.OrthographicCamera(low.x, high.x, high.y, low.y, 0.1, 10);
  camera.position.z = z;
  camera.updateProjectionMatrix();
  renderer.render(scene, camera);
  return renderer.domElement.toDataURL("image/png");
};
document.title = "ready";
</script>"""
VIEWER_PAGE = """<!doctype html>
<script type="module">
self.ModelViewerElement = {
  meshoptDecoderLocation: "/meshopt/meshopt_decoder.cjs",
  dracoDecoderLocation: "/three/examples/jsm/libs/draco/gltf/",
  ktx2TranscoderLocation: "/three/examples/jsm/libs/basis/",
};
await import("/viewer/model-viewer.min.js");
window.show = (address) => new Promise((resolve, reject) => {
  const viewer = document.createElement("model-viewer");
  viewer.style.cssText = "width: 512px; height: 256px";
  viewer.addEventListener("load", () => resolve(viewer.getDimensions().x));
  viewer.addEventListener("error", ({ detail }) =>
    reject(new Error(String(detail.sourceError ?? detail.type))));
  viewer.src = address;
  document.body.replaceChildren(viewer);
});
document.title = "ready";
</script><body></body>"""


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".cjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pages, the packages they need, and room for models."""
    packages = {
        "three": MODULES / "three",
        "viewer": MODULES / "@google" / "model-viewer" / "dist",
        "meshopt": MODULES / "meshoptimizer",
    }
    found = tmp_path_factory.mktemp("models")
    for name, package in packages.items():
        if not package.is_dir():
            lacks(f"{package.name}: not installed, run npm ci in viewer/web")
        (found / name).symlink_to(package)
    (found / "three.html").write_text(THREE_PAGE)
    (found / "viewer.html").write_text(VIEWER_PAGE)
    return found


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Pictures that take long are kept for this run alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def address(folder):
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def pages(browser, address):
    """The two viewers' pages; nothing but this machine is ever asked."""
    context = browser.new_context()
    strangers = []
    context.on("request", lambda request: _note(request.url, address, strangers))
    opened = {}
    for name in ("three", "viewer"):
        opened[name] = context.new_page()
        opened[name].goto(f"{address}/{name}.html")
        opened[name].wait_for_function("document.title === 'ready'", timeout=30_000)
    yield opened
    context.close()
    assert strangers == []


def _note(url, address, strangers):
    if not url.startswith((address, "blob:", "data:")):
        strangers.append(url)


def written(folder, name):
    """The scene, written in one of the ways that there are; returns the file."""
    if name.endswith("ktx2") and not (SCRIPTS / "node_modules" / PACKAGE).is_dir():
        lacks(f"{PACKAGE}: not installed, run npm ci in vtour/nodejs")
    path = folder / f"{name}.glb"
    scene = rich_scene()
    if name == "plain":
        write_scene(path, scene)
    elif name == "ar":
        write_ar_glb(path, scene)
    elif name == "kept":
        write_scene(folder / "before.glb", scene)
        recompress_glb(folder / "before.glb", path, WebOptions())
    else:
        compression, form = name.split("-")
        options = WebOptions(
            compression=Compression(compression), pictures=PictureFormat(form), colour_quality=95
        )
        write_web(path, scene, options)
    return path


WAYS = [
    *("plain", "ar", "kept", "none-jpg", "meshopt-webp", "meshopt-avif", "meshopt-ktx2"),
    *("khr_meshopt-webp", "draco-webp", "draco-jpg"),
]


@pytest.mark.parametrize("way", WAYS)
def test_three_shows_every_part(folder, pages, way):
    """The places are those of ``rich_scene``: four squares of 128 px beside each other."""
    path = written(folder, way)

    data = pages["three"].evaluate(f"show('/{path.name}')")
    image = Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGB")
    seen = np.asarray(image).astype(int)

    for start in (0, 128):  # the unlit wall, and the lit stone
        lit = start > 0
        for colour, (row, column) in ((RED, (32, 32)), (GREEN, (32, 96)), (BLUE, (96, 32))):
            found = seen[row, start + column]
            assert found.argmax() == np.argmax(colour)
            if not lit:
                np.testing.assert_allclose(found, colour, atol=25)
    np.testing.assert_allclose(seen[96, 96], SAND, atol=25)
    paint = seen[:, 256:384].mean(axis=1)  # red grows from the lowest vertex to the highest
    assert paint[8, 0] > paint[64, 0] > paint[120, 0]
    leaf = seen[:, 384:]
    tile = 128 / 3
    for row in range(3):  # the top quarter of each of three tiles is a hole
        assert leaf[int(row * tile + tile * 0.1), 20].sum() == 0
        assert leaf[int(row * tile + tile * 0.4), 10].argmax() == 0


@pytest.mark.parametrize("way", WAYS)
def test_model_viewer_opens_it(folder, pages, way):
    path = folder / f"{way}.glb"
    if not path.is_file():
        path = written(folder, way)

    width = pages["viewer"].evaluate(f"show('/{path.name}')")

    assert width == pytest.approx(8, rel=1e-3)  # four squares of 2 m
