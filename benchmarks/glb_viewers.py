"""GLB files in other programs' viewers, in a real Chromium: three.js and @google/model-viewer.

Both are the packages of ``viewer/web/node_modules``, with decoders of this machine alone; a page
that asks any other machine for something counts as an error.
"""

import base64
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT

MODULES = ROOT / "viewer" / "web" / "node_modules"
PACKAGES = {
    "three": MODULES / "three",
    "viewer": MODULES / "@google" / "model-viewer" / "dist",
    "meshopt": MODULES / "meshoptimizer",
}
LIMIT_MS = 180_000
THREE_PAGE = """<!doctype html><link rel="icon" href="data:,">
<script type="importmap">{"imports":
  {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}</script>
<script type="module">
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { DRACOLoader } from "three/addons/loaders/DRACOLoader.js";
import { KTX2Loader } from "three/addons/loaders/KTX2Loader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
const PX = 256;
const renderer = new THREE.WebGLRenderer({ preserveDrawingBuffer: true });
renderer.setSize(PX, PX);
renderer.setClearColor(0x808080);
document.body.append(renderer.domElement);
const gl = renderer.getContext();
const loader = new GLTFLoader();
loader.setMeshoptDecoder(MeshoptDecoder);
loader.setDRACOLoader(new DRACOLoader().setDecoderPath("/three/examples/jsm/libs/draco/gltf/"));
loader.setKTX2Loader(
  new KTX2Loader().setTranscoderPath("/three/examples/jsm/libs/basis/").detectSupport(renderer));

function placed(model) {
  const scene = new THREE.Scene();
  const sun = new THREE.DirectionalLight(0xffffff, 2);
  sun.position.set(1, 2, 3);
  scene.add(model, sun, new THREE.AmbientLight(0xffffff, 1.5));
  const ball = new THREE.Box3().setFromObject(model).getBoundingSphere(new THREE.Sphere());
  const camera = new THREE.PerspectiveCamera(40, 1, ball.radius / 100, ball.radius * 10);
  camera.position.copy(ball.center).addScaledVector(
    new THREE.Vector3(0.4, 0.35, 1).normalize(), ball.radius * 3);
  camera.lookAt(ball.center);
  return { scene, camera };
}

function draw({ scene, camera }) {
  renderer.render(scene, camera);
  const one = new Uint8Array(4);
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, one);
}

function seenShare() {
  const pixels = new Uint8Array(PX * PX * 4);
  gl.readPixels(0, 0, PX, PX, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  const ground = pixels.slice(0, 3);
  let seen = 0;
  for (let i = 0; i < pixels.length; i += 4)
    seen += Math.abs(pixels[i] - ground[0]) + Math.abs(pixels[i + 1] - ground[1])
      + Math.abs(pixels[i + 2] - ground[2]) > 12;
  return seen / (PX * PX);
}

function forget(model) {
  model.traverse((mesh) => {
    if (!mesh.isMesh) return;
    mesh.geometry.dispose();
    for (const material of [mesh.material].flat()) {
      for (const value of Object.values(material))
        if (value?.isTexture) { value.dispose(); value.image?.close?.(); }
      material.dispose();
    }
  });
}

window.show = async (address, loads) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
  const data = await answer.arrayBuffer();
  const decode_ms = [], drawn_ms = [];
  let seen = 0, triangles = 0, picture = "";
  for (let load = 0; load <= loads; load++) {
    const copy = data.slice(0);
    const started = performance.now();
    const { scene: model } = await loader.parseAsync(copy, "");
    const decoded = performance.now();
    const view = placed(model);
    draw(view);
    if (load > 0) {
      decode_ms.push(decoded - started);
      drawn_ms.push(performance.now() - started);
    } else {
      triangles = renderer.info.render.triangles;
      seen = seenShare();
      picture = renderer.domElement.toDataURL("image/png");
    }
    forget(model);
  }
  return { decode_ms, drawn_ms, seen, triangles, picture };
};
document.title = "ready";
</script><body></body>"""
VIEWER_PAGE = """<!doctype html><link rel="icon" href="data:,">
<script type="module">
self.ModelViewerElement = {
  meshoptDecoderLocation: "/meshopt/meshopt_decoder.cjs",
  dracoDecoderLocation: "/three/examples/jsm/libs/draco/gltf/",
  ktx2TranscoderLocation: "/three/examples/jsm/libs/basis/",
};
await import("/viewer/model-viewer.min.js");
window.show = (address) => new Promise((resolve, reject) => {
  const viewer = document.createElement("model-viewer");
  viewer.style.cssText = "width: 256px; height: 256px; background: #808080";
  viewer.addEventListener("load", async () => {
    await new Promise((drawn) => setTimeout(drawn, 300));
    const { x, y, z } = viewer.getDimensions();
    resolve({ size: [x, y, z], picture: viewer.toDataURL("image/png") });
  });
  viewer.addEventListener("error", ({ detail }) =>
    reject(new Error(String(detail.sourceError ?? detail.type))));
  viewer.src = address;
  document.body.replaceChildren(viewer);
});
document.title = "ready";
</script><body></body>"""
TYPES = {".js": "text/javascript", ".cjs": "text/javascript", ".wasm": "application/wasm"}


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def log_message(self, *_: Any) -> None:
        pass


class Viewers:
    """The two pages; one in which something went wrong is closed, the next file gets a new one."""

    def __init__(self, browser: Any, folder: Path, address: str) -> None:
        self.browser, self.folder, self.address = browser, folder, address
        self.pages: dict[str, Any] = {}
        self.errors: list[str] = []
        self.count = 0

    def three(self, path: Path, loads: int, picture: Path | None = None) -> dict[str, Any]:
        """decode_ms and drawn_ms of every load but the first, errors, faces and how much is seen.

        Decoding is that of bytes which are in memory: from there to a scene with decoded pictures;
        drawn: until its first frame is, textures uploaded.
        """
        found = self._shown("three", path, f", {loads}", picture)
        if not found["errors"] and found["seen"] < 0.01:
            found["errors"].append("nothing to be seen")
        return found

    def model_viewer(self, path: Path, picture: Path | None = None) -> dict[str, Any]:
        """Errors, and the size of what it shows."""
        return self._shown("viewer", path, "", picture)

    def _shown(self, name: str, path: Path, more: str, picture: Path | None) -> dict[str, Any]:
        self.count += 1
        self.errors = errors = []
        served = self.folder / f"{self.count}.glb"
        served.symlink_to(path.resolve())
        found: dict[str, Any] = {}
        try:
            page = self.pages.get(name) or self._opened(name)
            late = f"new Promise((_, no) => setTimeout(() => no(new Error('late')), {LIMIT_MS}))"
            found = page.evaluate(f"Promise.race([show('/{served.name}'{more}), {late}])")
            if picture is not None:
                picture.write_bytes(base64.b64decode(found["picture"].partition(",")[2]))
        except Exception as error:  # whatever a viewer says of a file is its verdict
            errors.append(str(error).strip().splitlines()[0])
        finally:
            served.unlink()
        if errors and name in self.pages:
            self.pages.pop(name).context.close()
        return {**found, "errors": errors}

    def _opened(self, name: str) -> Any:
        context = self.browser.new_context()
        context.on("request", lambda request: self._look_at(request.url))
        page = self.pages[name] = context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{self.address}/{name}.html")
        page.wait_for_function("document.title === 'ready'", timeout=60_000)
        return page

    def _look_at(self, url: str) -> None:
        if not url.startswith((self.address, "blob:", "data:")):
            self.errors.append(f"asked for {url[:80]}")


@contextmanager
def viewers(browser: Any) -> Iterator[Viewers | None]:
    """The viewers' pages on a server of this machine; None, and one line, without packages."""
    missing = [str(folder) for folder in PACKAGES.values() if not folder.is_dir()]
    if browser is None or missing:
        if missing:
            print(f"skipped: no {missing[0]} (expected `npm ci` in viewer/web)")
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for package, source in PACKAGES.items():
            (folder / package).symlink_to(source.resolve())
        (folder / "three.html").write_text(THREE_PAGE)
        (folder / "viewer.html").write_text(VIEWER_PAGE)
        handler = partial(Quiet, directory=name)
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield Viewers(browser, folder, f"http://127.0.0.1:{server.server_port}")
            finally:
                server.shutdown()
                thread.join(timeout=10)
