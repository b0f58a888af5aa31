"""The south side of the wall as a file that needs a decoder, and files that no viewer here reads.

No encoder is needed to test a viewer, so the packed bytes stand here: four corners with texture
coordinates, two triangles, written by Draco 1.5.7.
"""

import base64
import io
import json
import shutil

import numpy as np
from PIL import Image

from tests.browser.wall import wall_texture
from vtour.files import file_digest, write_json
from vtour.glb.container import glb_from_parts

DRACO = base64.b64decode(
    "RFJBQ08CAgEAAAACBAEAAQIAAgMBAgMJAgEAAAkDAAEAAgAAAAAAAIA/AACAPwAAgD8AAIA/AAAAAAAAAAAAAAAA"
    "AAEBAA8DASABECsBEAMAZJAIABAAAgACAAAAAP8/AAAAAADAAAAAAAAAAD8AAIBADg=="
)
KTX2 = {
    "ETC1S": base64.b64decode(
        "q0tUWCAyMLsNChoKAAAAAAEAAAAQAAAAEAAAAAAAAAAAAAAAAQAAAAUAAAABAAAAyAAAACwAAAD0AAAAJAAAAB"
        "gBAAAAAAAAEgEAAAAAAAAyAgAAAAAAAAoAAAAAAAAAAAAAAAAAAAAuAgAAAAAAAAQAAAAAAAAAAAAAAAAAAAAt"
        "AgAAAAAAAAEAAAAAAAAAAAAAAAAAAAArAgAAAAAAAAIAAAAAAAAAAAAAAAAAAAAqAgAAAAAAAAEAAAAAAAAAAA"
        "AAAAAAAAAsAAAAAAAAAAIAKACjAQIAAwMAAAgAAAAAAAAAAAA/AAAAAAAAAAAA/////x8AAABLVFh3cml0ZXIA"
        "QmFzaXMgVW5pdmVyc2FsIDIuNTAAAAsACQBBAAAAJQAAADQAAAAAAAAAAAAAAAAAAAAKAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAEAAAAAAAAAAAAAABbAGwABAIAhtG8HUTyAqAEAAABAMNUBlgYEiBAgAAAACBpQ5AEhBGACgAAAgCAA8qGicB"
        "Hd+stiAQEXNdHv424AhIICBQUAAAAYFhQcvh4evq6qqqpKS0tLo0JFRVVVVVX9t7T8BwDBRAAAAAAAABLhv9UC"
        "MAdAAABAEIA16FBZgDcOBAAQAeeqNgIhP7ACgAkAAAAAAAAEEABH+wEjf2PHA241BCSSO1S4qQA="
    ),
    "UASTC": base64.b64decode(
        "q0tUWCAyMLsNChoKAAAAAAEAAAAQAAAAEAAAAAAAAAAAAAAAAQAAAAUAAAACAAAAyAAAACwAAAD0AAAAJAAAAA"
        "AAAAAAAAAAAAAAAAAAAACsAQAAAAAAADwAAAAAAAAAAAEAAAAAAABjAQAAAAAAAEkAAAAAAAAAQAAAAAAAAABK"
        "AQAAAAAAABkAAAAAAAAAEAAAAAAAAAAxAQAAAAAAABkAAAAAAAAAEAAAAAAAAAAYAQAAAAAAABkAAAAAAAAAEA"
        "AAAAAAAAAsAAAAAAAAAAIAKACmAQIAAwMAABAAAAAAAAAAAAB/AAAAAAAAAAAA/////x8AAABLVFh3cml0ZXIA"
        "QmFzaXMgVW5pdmVyc2FsIDIuNTAAACi1L/0gEIEAALezUe4/oPIBAAAAAAAAAAAotS/9IBCBAAATFS9wbSGR+e"
        "SRRi5VVVUAKLUv/SAQgQAAEzAPhoMGJhRR7BO3qv9/ACi1L/0gQAECAFOTlvFoFrOTiE0iAFVVAAB7gRvsSs2t"
        "ztlNsRuxG9RNEyWVwdMA2CI7itwiVdUgAHuBRknVUmzWrFrpnumepVootS/9YAAAlQEA8BcZBeU/yMYARZXnfy"
        "T0V8YI+T80CAOXG1nmH2psAAcABRIAIJ8BmQOWArBr5gQv4AI="
    ),
}
"""The quarters, 16 pixels wide, with their mipmaps: by ktx2-encoder 0.6.0."""

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


def ktx2_glb(kind):
    """Four corners and their picture, in a format that needs a transcoder."""
    (x0, y0, z), (x1, y1, _) = BOX["min"], BOX["max"]
    corners = np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]], np.float32)
    uvs = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
    faces = np.array([0, 1, 2, 0, 2, 3], np.uint16)
    parts = [corners.tobytes(), uvs.tobytes(), faces.tobytes(), KTX2[kind]]
    document, blob = south_side(parts, ["KHR_texture_basisu"])
    document |= {
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3", **BOX},
            {"bufferView": 1, "componentType": 5126, "count": 4, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "meshes": [{"primitives": [plain_primitive()]}],
        "images": [{"bufferView": 3, "mimeType": "image/ktx2"}],
        "textures": [{"extensions": {"KHR_texture_basisu": {"source": 0}}}],
    }
    return glb_from_parts(document, blob)


def plain_primitive():
    return {"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}


def primitive(packed):
    return {**plain_primitive(), "extensions": {"KHR_draco_mesh_compression": packed}}


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
