"""Write a scene as USDZ, for AR Quick Look on Apple's devices.

A package is a ZIP file without compression whose files begin at multiples of 64 bytes; the first
is the model (openusd.org, "Usdz File Format Specification"). It is written here and not by
UsdUtils, which puts the times of the files into it: same scene, same bytes.

Quick Look knows no unlit surface. A photogrammetric model is therefore lit by the visitor's room:
as pure emission it would glow in a dark one.
"""

import struct
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from vtour.errors import ResourceError
from vtour.files import replacing
from vtour.glb.mesh import UInt8Array
from vtour.glb.pictures import MIME_TYPES, PictureFormat, encode_maps
from vtour.glb.scene import AlphaMode, Material, Part, Scene, Texture, Wrap
from vtour.glb.write import unit_vectors
from vtour.glb.xmp import Credits
from vtour.optimise.writing.write_ar import AR_DEFAULTS, ArOptions, on_floor, ready_for_ar

ALIGNMENT = 64
PADDING_ID = 0x1986  # of the ZIP field that USD itself pads with
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
MODEL_NAME = "model.usdc"
SUFFIXES = {MIME_TYPES[PictureFormat.jpg]: "jpg", MIME_TYPES[PictureFormat.png]: "png"}
WRAPS = {Wrap.clamp: "clamp", Wrap.repeat: "repeat", Wrap.mirror: "mirror"}


@dataclass(frozen=True)
class UsdzReport:
    """What a package lacks of its scene, one line each."""

    notes: list[str] = field(default_factory=list)


def write_usdz(
    path: Path,
    scene: Scene,
    options: ArOptions = AR_DEFAULTS,
    *,
    credits: Credits | None = None,
    name: str = "site",
) -> UsdzReport:
    """Write a scene that stands on the floor, metres and +Y up, all or nothing.

    Raises InputError for more faces or larger textures than augmented reality takes,
    ResourceError where usd-core is not installed.
    """
    standing = on_floor(_ready(scene))
    pictures = encode_maps(standing, PictureFormat.jpg, options.quality)
    names = {
        key: f"textures/{number}.{SUFFIXES[picture.mime_type]}"
        for number, (key, picture) in enumerate(pictures.items())
    }
    model = _model_bytes(standing, names, credits, name)
    files = [(MODEL_NAME, model), *((names[key], pictures[key].data) for key in names)]
    with replacing(path) as temporary:
        write_package(temporary, files)
    return UsdzReport(_notes(scene))


def _ready(scene: Scene) -> Scene:
    """The scene as USD can say it: with normals also where it was unlit, and these unscaled."""
    seen = ready_for_ar(scene)
    parts = [
        replace(part, normals=own.normals)
        for part, own in zip(seen.parts, scene.parts, strict=True)
    ]
    return replace(seen, parts=parts, materials=[_unscaled(m) for m in scene.materials])


def _unscaled(material: Material) -> Material:
    """Its scale of normals is put into their picture: USD's rules know but one scale."""
    if material.normal is None or material.normal_scale == 1:
        return material
    pixels = scaled_normals(material.normal.pixels, material.normal_scale)
    return replace(material, normal=replace(material.normal, pixels=pixels), normal_scale=1.0)


def scaled_normals(pixels: UInt8Array, scale: float) -> UInt8Array:
    """A map of normals that lean less, or more: glTF 2.0, section 3.9.3, "scaledNormal"."""
    leaning = (pixels[..., :3].astype(np.float32) / 127.5 - 1) * np.array([scale, scale, 1.0])
    lengths = np.linalg.norm(leaning, axis=-1, keepdims=True)
    unit = leaning / np.where(lengths > 0, lengths, 1)
    scaled: UInt8Array = np.rint((unit + 1) * 127.5).astype(np.uint8)
    return scaled


def _notes(scene: Scene) -> list[str]:
    textured = [
        part.name or "a part"
        for part in scene.parts
        if part.colours is not None and scene.materials[part.material].base
    ]
    return [f"{name}: colours of vertices under a texture are left out" for name in textured]


def write_package(path: Path, files: list[tuple[str, bytes]]) -> None:
    """A ZIP file without compression, its files at multiples of 64 bytes, dated 1980."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for name, data in files:
            info = zipfile.ZipInfo(name, FIXED_DATE)
            start = package.fp.tell() + zipfile.sizeFileHeader + len(name)  # type: ignore[union-attr,attr-defined]
            padding = -start % ALIGNMENT
            if 0 < padding < 4:  # the field has a head of four bytes
                padding += ALIGNMENT
            if padding:
                info.extra = struct.pack("<HH", PADDING_ID, padding - 4) + bytes(padding - 4)
            package.writestr(info, data)


def _model_bytes(scene: Scene, names: dict[int, str], credits: Credits | None, name: str) -> bytes:
    try:
        from pxr import Usd
    except ImportError as error:
        raise ResourceError(f"usd-core: {error}, expected `pip install usd-core`") from None
    with tempfile.TemporaryDirectory(prefix="vtour-") as folder:
        path = Path(folder, MODEL_NAME)
        stage = Usd.Stage.CreateNew(str(path))
        _StageWriter(stage, scene, names).write(credits, name)
        stage.GetRootLayer().Save()
        return path.read_bytes()


class _StageWriter:
    """Fills a stage: one prim for all, materials and meshes below it."""

    def __init__(self, stage: Any, scene: Scene, names: dict[int, str]) -> None:
        self.stage, self.scene, self.names = stage, scene, names

    def write(self, credits: Credits | None, name: str) -> None:
        from pxr import Kind, Usd, UsdGeom

        UsdGeom.SetStageUpAxis(self.stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(self.stage, 1.0)
        self.stage.GetRootLayer().customLayerData = said_of(self.scene, credits)
        root = UsdGeom.Xform.Define(self.stage, "/Model")
        root.GetPrim().SetDisplayName(name)
        Usd.ModelAPI(root).SetKind(Kind.Tokens.component)
        self.stage.SetDefaultPrim(root.GetPrim())
        UsdGeom.Scope.Define(self.stage, "/Model/Materials")
        materials = [self._material(index) for index in range(len(self.scene.materials))]
        for index, part in enumerate(self.scene.parts):
            self._mesh(index, part, materials[part.material])

    def _mesh(self, index: int, part: Part, material: Any) -> None:
        from pxr import Sdf, UsdGeom, UsdShade, Vt

        mesh = UsdGeom.Mesh.Define(self.stage, f"/Model/Part{index}")
        if part.name:
            mesh.GetPrim().SetDisplayName(part.name)
        mesh.CreatePointsAttr(_vectors(part.positions))
        corners = np.full(len(part.faces), 3, np.int32)
        mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(corners))
        indices = np.ascontiguousarray(part.faces.reshape(-1), np.int32)
        mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(indices))
        mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
        box = np.stack([part.positions.min(axis=0), part.positions.max(axis=0)])
        mesh.CreateExtentAttr(_vectors(box))
        if self.scene.materials[part.material].double_sided:
            mesh.CreateDoubleSidedAttr(True)
        if part.normals is not None:
            mesh.CreateNormalsAttr(_vectors(unit_vectors(part.normals)))
            mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
        values = UsdGeom.PrimvarsAPI(mesh)
        vertex = UsdGeom.Tokens.vertex
        if part.uvs is not None:
            st = [0, 1] + np.nan_to_num(part.uvs).astype(np.float64) * [1, -1]
            kind = Sdf.ValueTypeNames.TexCoord2fArray
            values.CreatePrimvar("st", kind, vertex).Set(
                Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(st, np.float32))
            )
        if part.colours is not None:
            colours = np.clip(np.nan_to_num(part.colours[:, :3]), 0, 1)
            mesh.CreateDisplayColorPrimvar(vertex).Set(_vectors(colours))
        UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)

    def _material(self, index: int) -> Any:
        from pxr import Sdf, UsdShade

        own = self.scene.materials[index]
        path = f"/Model/Materials/Material{index}"
        material = UsdShade.Material.Define(self.stage, path)
        if own.name:
            material.GetPrim().SetDisplayName(own.name)
        surface = UsdShade.Shader.Define(self.stage, f"{path}/Surface")
        surface.CreateIdAttr("UsdPreviewSurface")
        output = surface.CreateOutput("surface", Sdf.ValueTypeNames.Token)
        material.CreateSurfaceOutput().ConnectToSource(output)
        _SurfaceWriter(self, path, surface, own, self._has_colours(index)).write()
        return material

    def _has_colours(self, material: int) -> bool:
        return any(p.colours is not None for p in self.scene.parts if p.material == material)


@dataclass(frozen=True, eq=False)
class _SurfaceWriter:
    """Connects the inputs of a UsdPreviewSurface with textures, or sets them.

    Source: openusd.org, "UsdPreviewSurface Specification", and glTF 2.0, section 3.9, for what
    factors do to textures.
    """

    writer: _StageWriter
    path: str
    surface: Any
    material: Material
    has_colours: bool

    def write(self) -> None:
        own = self.material
        self._colour()
        rough, metal = own.roughness, own.metallic
        lit = not own.unlit
        if own.metallic_roughness and lit:
            texture = self._texture(
                "RoughMetal", own.metallic_roughness, "raw", (1, rough, metal, 1)
            )
            self._connect("roughness", "Float", texture, "g")
            self._connect("metallic", "Float", texture, "b")
        else:
            self._set("roughness", "Float", rough if lit else 1.0)
            self._set("metallic", "Float", metal if lit else 0.0)
        if not lit:
            return
        if own.normal:
            scale, bias = (2.0, 2.0, 2.0, 1.0), (-1.0, -1.0, -1.0, 0.0)
            texture = self._texture("Normal", own.normal, "raw", scale, bias)
            self._connect("normal", "Normal3f", texture, "rgb")
        if own.occlusion:
            s = own.occlusion_strength
            texture = self._texture("Occlusion", own.occlusion, "raw", (s,) * 4, (1 - s,) * 4)
            self._connect("occlusion", "Float", texture, "r")
        if any(own.emissive):
            self._emission()

    def _colour(self) -> None:
        own = self.material
        if own.base:
            texture = self._texture("Colour", own.base, "sRGB", own.base_colour)
            self._connect("diffuseColor", "Color3f", texture, "rgb")
            if own.alpha_mode is not AlphaMode.opaque:
                self._connect("opacity", "Float", texture, "a")
        elif self.has_colours:
            self._connect("diffuseColor", "Color3f", self._reader("Colours", "displayColor"), "")
        else:
            self._set("diffuseColor", "Color3f", _vector(own.base_colour[:3]))
        if own.alpha_mode is AlphaMode.mask:
            self._set("opacityThreshold", "Float", own.alpha_cutoff)
        if own.alpha_mode is AlphaMode.blend and not own.base:
            self._set("opacity", "Float", own.base_colour[3])

    def _emission(self) -> None:
        own = self.material
        if own.emission is None:
            self._set("emissiveColor", "Color3f", _vector(own.emissive))
            return
        texture = self._texture("Emission", own.emission, "sRGB", (*own.emissive, 1.0))
        self._connect("emissiveColor", "Color3f", texture, "rgb")

    def _set(self, name: str, kind: str, value: Any) -> None:
        from pxr import Sdf

        self.surface.CreateInput(name, getattr(Sdf.ValueTypeNames, kind)).Set(value)

    def _connect(self, name: str, kind: str, shader: Any, channel: str) -> None:
        from pxr import Sdf

        types = Sdf.ValueTypeNames
        output_type = types.Float3 if channel in ("rgb", "") else types.Float
        output = shader.CreateOutput(channel or "result", output_type)
        self.surface.CreateInput(name, getattr(types, kind)).ConnectToSource(output)

    def _texture(
        self,
        name: str,
        texture: Texture,
        space: str,
        scale: tuple[float, ...],
        bias: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0),
    ) -> Any:
        from pxr import Gf, Sdf, UsdShade

        types = Sdf.ValueTypeNames
        shader = UsdShade.Shader.Define(self.writer.stage, f"{self.path}/{name}")
        shader.CreateIdAttr("UsdUVTexture")
        file = self.writer.names[id(texture.pixels)]
        shader.CreateInput("file", types.Asset).Set(Sdf.AssetPath(file))
        shader.CreateInput("sourceColorSpace", types.Token).Set(space)
        for side, wrap in zip(("wrapS", "wrapT"), texture.wrap, strict=True):
            shader.CreateInput(side, types.Token).Set(WRAPS[wrap])
        if tuple(scale) != (1.0, 1.0, 1.0, 1.0):
            shader.CreateInput("scale", types.Float4).Set(Gf.Vec4f(*map(float, scale)))
        if any(bias):
            shader.CreateInput("bias", types.Float4).Set(Gf.Vec4f(*map(float, bias)))
        reader = self._reader("Places", "st")
        source = reader.CreateOutput("result", types.Float2)
        shader.CreateInput("st", types.Float2).ConnectToSource(source)
        return shader

    def _reader(self, name: str, primvar: str) -> Any:
        from pxr import Sdf, UsdShade

        reader = UsdShade.Shader.Define(self.writer.stage, f"{self.path}/{name}")
        width = 2 if primvar == "st" else 3
        reader.CreateIdAttr(f"UsdPrimvarReader_float{width}")
        reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set(primvar)
        return reader


def said_of(scene: Scene, credits: Credits | None) -> dict[str, str]:
    """What the layer says of itself."""
    said = {"copyright": scene.copyright or ""}
    if credits:
        said["title"] = next(iter(credits.title.values()), "")
        said["creator"] = ", ".join(credits.creators)
        said["rights"] = next(iter(credits.rights.values()), "")
        said["identifier"], said["date"] = credits.identifier or "", credits.date or ""
    return {key: value for key, value in said.items() if value}


def _vector(values: tuple[float, ...]) -> Any:
    from pxr import Gf

    return Gf.Vec3f(*map(float, values))


def _vectors(values: Any) -> Any:
    from pxr import Vt

    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(values, np.float32))
