"""Cloud files built in code: each test writes what it reads."""

import struct

import numpy as np

POSE = """<pose type="Structure"><rotation type="Structure"><w type="Float">{w}</w>
<x type="Float">{x}</x><y type="Float">{y}</y><z type="Float">{z}</z></rotation>
<translation type="Structure"><x type="Float">{tx}</x><y type="Float">{ty}</y>
<z type="Float">{tz}</z></translation></pose>"""


def crc32c(data):
    """Bit by bit, by the definition of RFC 3720."""
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (0x82F63B78 if state & 1 else 0)
    return state ^ 0xFFFFFFFF


def write_pages(path, xml, *, head=b"", size=None):
    """An E57 file of a header, bytes behind it, and an XML section; checksums are right."""
    body = head + xml
    logical = 48 + len(body)
    pages = -(-logical // 1020)
    start = 48 + len(head)
    physical = start // 1020 * 1024 + start % 1020
    told = pages * 1024 if size is None else size
    header = struct.pack("<8sIIQQQQ", b"ASTM-E57", 1, 0, told, physical, len(xml), 1024)
    data = (header + body).ljust(pages * 1020, b"\0")
    rows = [data[i : i + 1020] for i in range(0, len(data), 1020)]
    path.write_bytes(b"".join(row + struct.pack(">I", crc32c(row)) for row in rows))
    return path


def e57_xml(scans="", doctype="", extra="", attributes=""):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}\n'
        '<e57Root type="Structure" xmlns="http://www.astm.org/COMMIT/E57/2010-e57-v1.0" '
        f"{attributes}>"
        '<formatName type="String">ASTM E57 3D Imaging Data File</formatName>'
        '<guid type="String">g</guid><versionMajor type="Integer">1</versionMajor>'
        f'<versionMinor type="Integer"/>{extra}'
        f'<data3D type="Vector" allowHeterogeneousChildren="1">{scans}</data3D>'
        '<images2D type="Vector" allowHeterogeneousChildren="1"/></e57Root>'
    ).encode()


def e57_scan(count, offset=48, fields="XYZ"):
    inner = "".join(f'<cartesian{a} type="Float" precision="single"/>' for a in fields)
    return (
        '<vectorChild type="Structure"><guid type="String">s</guid>'
        f'<points type="CompressedVector" fileOffset="{offset}" recordCount="{count}">'
        f'<prototype type="Structure">{inner}</prototype></points></vectorChild>'
    )


class E57Writer:
    """Scans through libE57, node by node."""

    def __init__(self, path, metadata=""):
        from pye57 import libe57

        self.lib, self.path = libe57, path
        self.image = libe57.ImageFile(str(path), mode="w")
        self.image.extensionsAdd("", libe57.E57_V1_0_URI)
        root = self.image.root()
        texts = {"formatName": "ASTM E57 3D Imaging Data File", "guid": "{file}"}
        texts |= {"e57LibraryVersion": "test", "coordinateMetadata": metadata}
        for name, value in texts.items():
            root.set(name, libe57.StringNode(self.image, value))
        for name in ("versionMajor", "versionMinor"):
            root.set(name, libe57.IntegerNode(self.image, int(name == "versionMajor")))
        self.scans = libe57.VectorNode(self.image, True)
        root.set("data3D", self.scans)
        self.images = libe57.VectorNode(self.image, True)
        root.set("images2D", self.images)

    def structure(self, values):
        node = self.lib.StructureNode(self.image)
        for name, value in values.items():
            if isinstance(value, dict):
                node.set(name, self.structure(value))
            elif isinstance(value, str):
                node.set(name, self.lib.StringNode(self.image, value))
            elif isinstance(value, int):
                node.set(name, self.lib.IntegerNode(self.image, value))
            else:
                node.set(name, self.lib.FloatNode(self.image, value))
        return node

    def scan(self, columns, *, name=None, pose=None, nodes=None, limits=None, count=None):
        """columns: name -> array; pose: (wxyz, xyz); nodes: name -> node of the prototype."""
        lib, image = self.lib, self.image
        if any(":" in field for field in columns):
            image.extensionsAdd("nor", "http://www.libe57.org/E57_NOR_surface_normals.txt")
        values = {"guid": "{scan}"} | ({"name": name} if name else {})
        if pose is not None:
            turn, shift = pose
            values["pose"] = {
                "rotation": dict(zip("wxyz", map(float, turn), strict=True)),
                "translation": dict(zip("xyz", map(float, shift), strict=True)),
            }
        scan = self.structure({**values, **(limits or {})})
        prototype = lib.StructureNode(image)
        for field, array in columns.items():
            node = (nodes or {}).get(field)
            prototype.set(field, node if node is not None else self._node(array))
        points = lib.CompressedVectorNode(image, prototype, lib.VectorNode(image, True))
        scan.set("points", points)
        self.scans.append(scan)
        rows = len(next(iter(columns.values())))
        buffers = lib.VectorSourceDestBuffer()
        kept = {field: np.ascontiguousarray(array) for field, array in columns.items()}
        for field, array in kept.items():
            buffers.append(lib.SourceDestBuffer(image, field, array, max(1, rows), True, True))
        writer = points.writer(buffers)
        if rows:
            writer.write(rows)
        writer.close()
        return self

    def _node(self, array):
        lib, image = self.lib, self.image
        if array.dtype == np.float32:
            return lib.FloatNode(image, 0.0, lib.E57_SINGLE)
        if array.dtype == np.float64:
            return lib.FloatNode(image, 0.0)
        most = int(np.iinfo(array.dtype).max)
        return lib.IntegerNode(image, 0, min(0, int(np.iinfo(array.dtype).min)), most)

    def close(self):
        self.image.close()
        return self.path


def cartesian(xyz, kind=np.float32):
    return {f"cartesian{axis}": xyz[:, i].astype(kind) for i, axis in enumerate("XYZ")}


def write_las(path, xyz, *, crs=None, rgb=None, intensity=None, vlrs=(), scale=0.001, form=7):
    import laspy
    import pyproj

    header = laspy.LasHeader(point_format=form, version="1.4" if form > 5 else "1.2")
    header.scales = np.full(3, scale)
    header.offsets = np.floor(xyz.min(0)) if len(xyz) else np.zeros(3)
    if crs:
        header.add_crs(pyproj.CRS.from_user_input(crs))
    header.vlrs.extend(vlrs)
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz.T
    if rgb is not None:
        las.red, las.green, las.blue = rgb.T
    if intensity is not None:
        las.intensity = intensity
    las.write(str(path))
    return path


def geo_keys(**keys):
    """GeoTIFF keys as a record of LAS: number=value."""
    import laspy

    numbers = {int(name[1:]): value for name, value in keys.items()}
    raw = struct.pack("<4H", 1, 1, 0, len(numbers))
    for number, value in sorted(numbers.items()):
        raw += struct.pack("<4H", number, 0, 1, value)
    return laspy.VLR("LASF_Projection", 34735, "", raw)


def write_ply(path, columns, *, form="binary_little_endian", count=None, faces=0):
    names = {"f4": "float", "f8": "double", "u1": "uchar", "i4": "int", "u2": "ushort"}
    rows = len(next(iter(columns.values())))
    kinds = [(name, array.dtype.str[1:]) for name, array in columns.items()]
    lines = ["ply", f"format {form} 1.0", f"element vertex {rows if count is None else count}"]
    lines += [f"property {names[kind]} {name}" for name, kind in kinds]
    if faces:
        lines += [f"element face {faces}", "property list uchar int vertex_indices"]
    head = "\n".join([*lines, "end_header", ""]).encode()
    end = ">" if form == "binary_big_endian" else "<"
    if form == "ascii":
        body = "".join(
            " ".join(map(repr, row)) + "\n"
            for row in zip(*(a.tolist() for a in columns.values()), strict=True)
        ).encode()
    else:
        table = np.zeros(rows, [(name, end + kind) for name, kind in kinds])
        for name, array in columns.items():
            table[name] = array
        body = table.tobytes()
    path.write_bytes(head + body)
    return path


def xyz_columns(xyz, kind=np.float32):
    return {axis: xyz[:, i].astype(kind) for i, axis in enumerate("xyz")}


def write_ptx(path, scans):
    """scans: (columns, rows, matrix 4x4 as file_from_scan, lines)."""
    text = []
    for columns, rows, matrix, lines in scans:
        text += [str(columns), str(rows), "0 0 0", "1 0 0", "0 1 0", "0 0 1"]
        text += [" ".join(f"{v:.9f}" for v in row) for row in np.asarray(matrix).T]
        text += lines
    path.write_text("\n".join(text) + "\n")
    return path


def some_points(count=100, seed=0, size=10.0):
    return np.random.default_rng(seed).uniform(-size, size, (count, 3))
