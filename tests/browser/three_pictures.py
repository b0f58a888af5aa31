"""Pictures of scenes as three.js shows them: a page with nothing but its loader and renderer."""

import base64
import io
import json
import struct

import numpy as np
from PIL import Image

from tests.browser.conftest import WEB
from vtour.glb.scene import AlphaMode, Wrap

HOST = "http://three.test"
THREE = WEB / "node_modules" / "three"
WRAPS = {Wrap.clamp: 33071, Wrap.repeat: 10497, Wrap.mirror: 33648}
PAGE = """<!doctype html><style>body { margin: 0 }</style>
<script type="importmap">
{"imports": {"three": "/build/three.module.js", "three/addons/": "/examples/jsm/"}}
</script>
<script type="module">
import { Color, DirectionalLight, HemisphereLight, PerspectiveCamera, Scene, Texture,
  WebGLRenderer } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
window.picture = async (text, view) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const gltf = await new GLTFLoader().parseAsync(bytes, "");
  const renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.setSize(view.width, view.height);
  const scene = new Scene();
  scene.background = new Color(0x808080);
  scene.add(gltf.scene);
  gltf.scene.traverse(({ material }) => {
    for (const value of Object.values(material ?? {}))
      if (value instanceof Texture) value.anisotropy = 8;
  });
  const sun = new DirectionalLight(0xffffff, 1.8);
  sun.position.set(0.6, 1, 0.8);
  scene.add(new HemisphereLight(0xffffff, 0x8c8880, 1.9), sun);
  const camera = new PerspectiveCamera(view.fov_deg, view.width / view.height, 0.01, 1000);
  camera.position.set(...view.position);
  camera.lookAt(...view.target);
  renderer.render(scene, camera);
  const address = renderer.domElement.toDataURL("image/png");
  renderer.dispose();
  return address.split(",")[1];
};
window.ready = true;
</script>"""


def three_page(context):
    """A page that can render; what it asks for comes from three's own package."""
    page = context.new_page()

    def answer(route):
        path = route.request.url.removeprefix(HOST)
        if path == "/":
            return route.fulfill(body=PAGE, content_type="text/html")
        file = (THREE / path.lstrip("/")).resolve()
        if not file.is_relative_to(THREE.resolve()) or not file.is_file():
            return route.fulfill(status=404)
        return route.fulfill(body=file.read_text(), content_type="text/javascript")

    page.route(f"{HOST}/**", answer)
    page.goto(f"{HOST}/")
    page.wait_for_function("window.ready === true")
    return page


def three_picture(page, scene, view):
    """(h, w, 3) uint8 sRGB over grey 128."""
    text = base64.b64encode(glb_of(scene)).decode()
    places = {
        "width": view.width,
        "height": view.height,
        "fov_deg": view.fov_deg,
        "position": list(view.position),
        "target": list(view.target),
    }
    found = page.evaluate("([text, view]) => picture(text, view)", [text, places])
    with Image.open(io.BytesIO(base64.b64decode(found))) as image:
        return np.asarray(image.convert("RGB"))


class Chunk:
    """The binary part of a GLB, and the views and accessors into it."""

    def __init__(self):
        self.body, self.views, self.accessors = b"", [], []

    def view(self, data):
        self.views.append({"buffer": 0, "byteOffset": len(self.body), "byteLength": len(data)})
        self.body += data + b"\0" * (-len(data) % 4)
        return len(self.views) - 1

    def accessor(self, values, kind, component):
        entry = {
            "bufferView": self.view(np.ascontiguousarray(values).tobytes()),
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if kind == "VEC3":
            entry |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self.accessors.append(entry)
        return len(self.accessors) - 1


def glb_of(scene):
    """A scene as a plain GLB, textures as PNG."""
    chunk = Chunk()
    tables = {"images": [], "textures": [], "samplers": []}
    materials = [material_json(chunk, tables, material) for material in scene.materials]
    primitives = [primitive_json(chunk, part) for part in scene.parts]
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": primitives}],
        "materials": materials,
        "accessors": chunk.accessors,
        "bufferViews": chunk.views,
        "buffers": [{"byteLength": len(chunk.body)}],
        "extensionsUsed": ["KHR_materials_unlit"],
        **{name: table for name, table in tables.items() if table},
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    length = 28 + len(text) + len(chunk.body)
    return (
        struct.pack("<4sII", b"glTF", 2, length)
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(chunk.body), b"BIN\0")
        + chunk.body
    )


def primitive_json(chunk, part):
    named = [
        ("POSITION", part.positions, "VEC3"),
        ("NORMAL", part.normals, "VEC3"),
        ("TANGENT", part.tangents, "VEC4"),
        ("TEXCOORD_0", part.uvs, "VEC2"),
        ("COLOR_0", part.colours, "VEC4"),
    ]
    attributes = {
        name: chunk.accessor(values.astype("<f4"), kind, 5126)
        for name, values, kind in named
        if values is not None
    }
    indices = chunk.accessor(part.faces.reshape(-1).astype("<u4"), "SCALAR", 5125)
    return {"attributes": attributes, "indices": indices, "material": part.material}


def material_json(chunk, tables, material):
    def info(texture, **more):
        stream = io.BytesIO()
        Image.fromarray(texture.pixels).save(stream, "PNG")
        view = chunk.view(stream.getvalue())
        tables["images"].append({"bufferView": view, "mimeType": "image/png"})
        wraps = {"wrapS": WRAPS[texture.wrap[0]], "wrapT": WRAPS[texture.wrap[1]]}
        tables["samplers"].append({"magFilter": 9729, "minFilter": 9987, **wraps})
        number = len(tables["textures"])
        tables["textures"].append({"source": number, "sampler": number})
        return {"index": number, **more}

    basics = {
        "baseColorFactor": list(material.base_colour),
        "metallicFactor": material.metallic,
        "roughnessFactor": material.roughness,
    }
    if material.base:
        basics["baseColorTexture"] = info(material.base)
    if material.metallic_roughness:
        basics["metallicRoughnessTexture"] = info(material.metallic_roughness)
    found = {
        "pbrMetallicRoughness": basics,
        "doubleSided": material.double_sided,
        "alphaMode": material.alpha_mode.value,
        "emissiveFactor": list(material.emissive),
    }
    if material.normal:
        found["normalTexture"] = info(material.normal, scale=material.normal_scale)
    if material.occlusion:
        strength = material.occlusion_strength
        found["occlusionTexture"] = info(material.occlusion, strength=strength)
    if material.emission:
        found["emissiveTexture"] = info(material.emission)
    if material.alpha_mode is AlphaMode.mask:
        found["alphaCutoff"] = material.alpha_cutoff
    if material.unlit:
        found["extensions"] = {"KHR_materials_unlit": {}}
    return found
