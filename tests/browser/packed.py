"""The south side of the wall as a file that needs a decoder, and files that no viewer here reads.

No encoder is needed to test a viewer, so the packed bytes stand here: four corners with texture
coordinates, two triangles, written by Draco 1.5.7.
"""

import base64
import io
import json
import shutil

from PIL import Image

from tests.browser.wall import wall_texture
from vtour.files import file_digest, write_json
from vtour.glb.container import glb_from_parts

DRACO = base64.b64decode(
    "RFJBQ08CAgEAAAACBAEAAQIAAgMBAgMJAgEAAAkDAAEAAgAAAAAAAIA/AACAPwAAgD8AAIA/AAAAAAAAAAAAAAAA"
    "AAEBAA8DASABECsBEAMAZJAIABAAAgACAAAAAP8/AAAAAADAAAAAAAAAAD8AAIBADg=="
)
BOX = {"min": [-2, 0, 0.5], "max": [2, 3, 0.5]}


def quarters_png():
    stream = io.BytesIO()
    Image.fromarray(wall_texture(8)[:, :16]).save(stream, "PNG")
    return stream.getvalue()


def south_side(parts, extensions):
    """A GLB of one quad; ``parts`` are its buffer views in order."""
    blob, views = b"", []
    for part in parts:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(part)})
        blob += part + bytes(-len(part) % 4)
    document = {
        "asset": {"version": "2.0"},
        "extensionsUsed": ["KHR_materials_unlit", *extensions],
        "extensionsRequired": extensions,
        "buffers": [{"byteLength": len(blob)}],
        "bufferViews": views,
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "materials": [
            {
                "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}},
                "extensions": {"KHR_materials_unlit": {}},
            }
        ],
    }
    return document, blob


def draco_glb():
    document, blob = south_side([DRACO, quarters_png()], ["KHR_draco_mesh_compression"])
    packed = {"bufferView": 0, "attributes": {"POSITION": 1, "TEXCOORD_0": 0}}
    document |= {
        "accessors": [
            {"componentType": 5126, "count": 4, "type": "VEC3", **BOX},
            {"componentType": 5126, "count": 4, "type": "VEC2"},
            {"componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [primitive(packed)]}],
        "images": [{"bufferView": 1, "mimeType": "image/png"}],
        "textures": [{"source": 0}],
    }
    return glb_from_parts(document, blob)


def primitive(packed):
    return {
        "attributes": {"POSITION": 0, "TEXCOORD_0": 1},
        "indices": 2,
        "material": 0,
        "extensions": {"KHR_draco_mesh_compression": packed},
    }


def requiring(extension):
    """A GLB that says that it makes no sense without an extension."""
    document, blob = south_side([b"1234"], [extension])
    return glb_from_parts(document, blob)


def write_packed(wall, folder, glb):
    """The wall's package with this GLB as its only derivative."""
    shutil.copytree(wall, folder)
    path = folder / "model/site.thumb.glb"
    path.write_bytes(glb)
    manifest = json.loads((folder / "tour.json").read_text(encoding="utf-8"))
    (model,) = manifest["models"]
    model["derivatives"] = model["derivatives"][:1]
    digest = file_digest(path)
    model["derivatives"][0].update(bytes=len(glb), faces=2, sha256=digest)
    manifest["files"]["model/site.thumb.glb"] = digest
    write_json(folder / "tour.json", manifest)
    return folder
