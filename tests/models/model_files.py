"""glTF files made in code: a square of two faces, and what is changed in it."""

import base64
import io
import json

import numpy as np
from PIL import Image

from vtour.glb.container import glb_from_parts

RED, GREEN, BLUE, YELLOW = (250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10)
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
NORMALS = np.array([[0, 0, 1]] * 4, np.float32)
UVS = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.uint16)
PIXELS = np.array([[RED, GREEN], [BLUE, YELLOW]], np.uint8)
TYPES = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125,
         "float32": 5126}  # fmt: skip


def picture(pixels=PIXELS, form="PNG", **options):
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(stream, form, **options)
    return stream.getvalue()


class Gltf:
    """A document that grows: every array and picture becomes a view of one buffer."""

    def __init__(self):
        self.blob = bytearray()
        self.document = {
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}], "meshes": [{"primitives": []}], "materials": [],
            "textures": [], "images": [], "samplers": [], "accessors": [], "bufferViews": [],
            "buffers": [{"byteLength": 0}],
        }  # fmt: skip

    def view(self, data, **more):
        self.blob += bytes(-len(self.blob) % 4)
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data), **more}
        )
        self.blob += data
        return len(self.document["bufferViews"]) - 1

    def accessor(self, array, **more):
        array = np.ascontiguousarray(array)
        width = 1 if array.ndim == 1 else array.shape[1]
        self.document["accessors"].append(
            {
                "bufferView": self.view(array.tobytes()),
                "componentType": TYPES[array.dtype.name],
                "count": len(array),
                "type": "SCALAR" if width == 1 else f"VEC{width}",
                **more,
            }
        )
        return len(self.document["accessors"]) - 1

    def texture(self, data=None, **sampler):
        """A texture of a picture's bytes; returns the ``textureInfo`` for it."""
        data = picture() if data is None else data
        self.document["images"].append({"bufferView": self.view(data)})
        self.document["samplers"].append(sampler)
        self.document["textures"].append(
            {
                "source": len(self.document["images"]) - 1,
                "sampler": len(self.document["samplers"]) - 1,
            }
        )
        return {"index": len(self.document["textures"]) - 1}

    def primitive(self, attributes=None, faces=FACES, **more):
        """One primitive more, the square's attributes unless others are given."""
        attributes = {"POSITION": CORNERS, "NORMAL": NORMALS} | (attributes or {})
        primitive = {"attributes": {}, **more}
        for name, values in attributes.items():
            if values is not None:
                is_done = isinstance(values, int)
                primitive["attributes"][name] = values if is_done else self.accessor(values)
        if faces is not None:
            primitive["indices"] = self.accessor(np.asarray(faces).reshape(-1))
        self.document["meshes"][0]["primitives"].append(primitive)
        return primitive

    def material(self, **material):
        self.document["materials"].append(material)
        return len(self.document["materials"]) - 1

    def glb(self, path):
        self.document["buffers"][0]["byteLength"] = len(self.blob)
        path.write_bytes(glb_from_parts(self.document, bytes(self.blob)))
        return path

    def gltf(self, path, uri="mesh.bin"):
        """A document with its buffer beside it, or inside for ``uri`` None."""
        self.document["buffers"][0]["byteLength"] = len(self.blob)
        if uri is None:
            uri = "data:application/octet-stream;base64," + base64.b64encode(self.blob).decode()
        else:
            (path.parent / uri).write_bytes(self.blob)
        self.document["buffers"][0]["uri"] = uri
        path.write_text(json.dumps(self.document))
        return path


def square(textured=True):
    """The square with one picture as its base colour."""
    gltf = Gltf()
    surface = {"metallicFactor": 0.0}
    if textured:
        surface["baseColorTexture"] = gltf.texture()
    gltf.material(name="paint", pbrMetallicRoughness=surface)
    gltf.primitive({"TEXCOORD_0": UVS} if textured else {}, material=0)
    return gltf


def reddest(part, texture):
    """Where, of the part's vertices, the texture is most red."""
    height, width = texture.pixels.shape[:2]
    at = np.minimum((part.uvs * (width, height)).astype(int), (width - 1, height - 1))
    colours = texture.pixels[at[:, 1], at[:, 0]].astype(int)
    return part.positions[np.argmax(colours[:, 0] - colours[:, 1] - colours[:, 2])]
