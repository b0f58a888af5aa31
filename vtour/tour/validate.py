"""Check a scene package: its manifest, its files, its models. Errors and warnings apart."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from vtour.errors import InputError
from vtour.files import file_digest, open_image, path_inside
from vtour.frames import box_corners, matrix_from_columns, transform_points
from vtour.glb.container import parts_from_glb
from vtour.glb.gltf_summary import summary_of_gltf
from vtour.schema.tour import Derivative, Quality, Tour, TourModel, Usage
from vtour.tour.findings import Finding, error, warning
from vtour.tour.manifest_checks import check_manifest, check_privacy
from vtour.tour.tile_checks import check_node_pictures, is_any_tile
from vtour.tour.tileset_checks import check_tilesets, is_tileset_tile

MANIFEST = "tour.json"
MAX_MANIFEST_BYTES = 64 << 20
THUMB_BYTES = 200_000  # what a phone on a slow net waits for before it sees anything
BOUNDS_TOLERANCE = 1e-3  # share of the diagonal: quantisation moves corners by less
GPS_IFD, ALLOWED_EXIF = 0x8825, {0x8298, 0x013B}
IMAGE_SUFFIXES = {".webp", ".jpg", ".jpeg", ".png", ".avif"}

GlbCheck = Callable[[Path], tuple[list[str], list[str]]]
"""Errors and warnings of one GLB file."""


@dataclass
class PackageReport:
    """What is wrong with a package, and what looks wrong. No errors: it can be published."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Sort one finding in."""
        (self.errors if finding.is_error else self.warnings).append(finding.text)


def validate_package(
    path: Path, check_glb: GlbCheck | None = None, *, for_publishing: bool = False
) -> PackageReport:
    """Check the scene package in a folder (or in ``path/package`` of a work folder).

    check_glb : says errors and warnings of one GLB file, such as the Khronos validator's; passed
                in, because stages do not know each other.
    for_publishing : a blur review that nobody signed is an error, else a warning.

    Raises InputError when there is no package to check.
    """
    root = package_root(path)
    report = PackageReport()
    tour = _read_manifest(root, report)
    if tour is None:
        return report
    accepted: dict[str, Path] = {}
    there = files_below(root)
    plain = {name for name, path in there.items() if path.is_file() and not has_link(root, path)}
    for finding in (
        *check_manifest(tour),
        *check_privacy(tour, for_publishing=for_publishing),
        *_check_files(root, tour, accepted),
        *_check_extra_files(tour, there),
        *_check_images(tour, accepted),
        *check_node_pictures(root, tour, plain, accepted),
        *_check_models(tour, accepted, check_glb),
        *check_tilesets(root, tour, plain, check_glb),
    ):
        report.add(finding)
    return report


def package_root(path: Path) -> Path:
    """The folder of tour.json. Raises InputError when there is none."""
    candidates: tuple[Path, ...] = (path, path / "package")
    for root in candidates:
        if (root / MANIFEST).is_file():
            return root
    found = "no tour.json in it" if path.is_dir() else "not a folder"
    raise InputError(f"{path}: {found}, expected a scene package")


def _read_manifest(root: Path, report: PackageReport) -> Tour | None:
    path = root / MANIFEST
    if path.is_symlink():
        report.errors.append(f"{MANIFEST}: a symbolic link, expected the file itself")
        return None
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        report.errors.append(f"{MANIFEST}: larger than {MAX_MANIFEST_BYTES:,} bytes")
        return None
    try:
        value = json.loads(path.read_bytes(), object_pairs_hook=_without_twins)
        return Tour.model_validate(value)
    except ValidationError as failure:
        for item in failure.errors(include_url=False):
            where = ".".join(str(part) for part in item["loc"]) or MANIFEST
            report.errors.append(f"{where}: {item['msg']}")
    except (ValueError, RecursionError) as failure:
        report.errors.append(f"{MANIFEST}: not valid JSON ({failure})")
    return None


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"key {twin!r} is there twice")
    return value


def _check_files(root: Path, tour: Tour, accepted: dict[str, Path]) -> Iterator[Finding]:
    """Every file of the list is there and is the one that was meant.

    accepted : filled with the plain files inside the package; only these are opened later.
    """
    for uri, digest in tour.files.items():
        try:
            path = path_inside(root, uri)
        except InputError as failure:
            yield error(f"files: {failure}")
            continue
        if has_link(root, path):
            yield error(f"{uri}: a symbolic link, expected the file itself")
        elif not path.is_file():
            yield error(f"{uri}: not found, expected the file that tour.json lists")
        else:
            accepted[uri] = path
            yield from _check_digest(uri, path, digest)


def _check_digest(uri: str, path: Path, digest: str) -> Iterator[Finding]:
    try:
        found = file_digest(path)
    except OSError as failure:
        yield error(f"{uri}: cannot be read ({failure.strerror})")
        return
    if found != digest:
        yield error(f"{uri}: SHA-256 {found[:12]}…, expected {digest[:12]}…")


def files_below(root: Path) -> dict[str, Path]:
    """All files and links of a package by their URI; links are not followed."""
    return {
        p.relative_to(root).as_posix(): p
        for p in root.rglob("*")
        if p.is_symlink() or not p.is_dir()
    }


def _check_extra_files(tour: Tour, there: dict[str, Path]) -> Iterator[Finding]:
    for name in sorted(set(there) - set(tour.files) - {MANIFEST}):
        if there[name].is_symlink():
            yield error(f"{name}: a symbolic link, expected files and folders only")
        elif not is_any_tile(tour, name) and not is_tileset_tile(tour, name):
            yield warning(f"{name}: not listed in tour.json, nobody will see it")


def has_link(root: Path, path: Path) -> bool:
    """Whether a path or a folder above it, up to ``root``, is a symbolic link."""
    parts = path.relative_to(root).parts
    return any(root.joinpath(*parts[: count + 1]).is_symlink() for count in range(len(parts)))


def _check_images(tour: Tour, accepted: dict[str, Path]) -> Iterator[Finding]:
    """Images are what their names say, and tell nothing of where and by whom they were taken."""
    found = (tour.poster, *(model.poster for model in tour.models))
    posters = {poster.uri: poster for poster in found if poster}
    for uri, path in accepted.items():
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        try:
            with open_image(path, formats=("JPEG", "PNG", "WEBP", "AVIF")) as image:
                exif, size = image.getexif(), image.size
        except InputError as failure:
            yield error(f"{uri}: {failure}")
            continue
        if exif.get_ifd(GPS_IFD):
            yield error(f"{uri}: EXIF holds a GPS position, expected none in published images")
        elif set(exif) - ALLOWED_EXIF:
            yield warning(f"{uri}: EXIF holds more than the rights")
        poster = posters.get(uri)
        if poster and size != (poster.width, poster.height):
            yield error(
                f"{uri}: {size[0]} x {size[1]} px, expected {poster.width} x "
                f"{poster.height} as the poster says"
            )


def _check_models(
    tour: Tour, accepted: dict[str, Path], check_glb: GlbCheck | None
) -> Iterator[Finding]:
    for model in tour.models:
        for derivative in model.derivatives:
            path = accepted.get(derivative.uri)
            if path is not None:
                yield from _check_derivative(path, derivative, tour.files[derivative.uri])
                yield from _check_glb(path, model, derivative, check_glb)


def _check_derivative(path: Path, derivative: Derivative, digest: str) -> Iterator[Finding]:
    uri, size = derivative.uri, path.stat().st_size
    if size != derivative.bytes:
        yield error(f"{uri}: {size:,} bytes, expected {derivative.bytes:,} as its derivative says")
    if derivative.sha256 != digest:
        yield error(f"{uri}: SHA-256 of its derivative and of files differ")
    if derivative.quality is Quality.thumb and size > THUMB_BYTES:
        yield warning(f"{uri}: {size:,} bytes, expected at most {THUMB_BYTES:,} for a thumb")


def _check_glb(
    path: Path, model: TourModel, derivative: Derivative, check_glb: GlbCheck | None
) -> Iterator[Finding]:
    uri = derivative.uri
    if path.suffix.lower() != ".glb":
        return
    try:
        document, _ = parts_from_glb(path)
        summary = summary_of_gltf(document)
    except InputError as failure:
        yield error(f"{uri}: {failure}")
        return
    if summary.outside:
        yield error(f"{uri}: refers to another file, expected everything inside")
    if summary.faces != derivative.faces:
        yield error(f"{uri}: {summary.faces:,} faces, expected {derivative.faces:,}")
    if not summary.copyright:
        yield warning(f"{uri}: asset.copyright is empty")
    on_its_own = derivative.usage is not Usage.web3d  # an AR model stands on the floor, not here
    if summary.bounds is not None and model.bounds_min and model.bounds_max and not on_its_own:
        world_from_model = matrix_from_columns(model.world_from_model)
        corners = transform_points(world_from_model, box_corners(*summary.bounds))
        low, high = corners.min(axis=0), corners.max(axis=0)
        room = _room(model, derivative) * float(((high - low) ** 2).sum()) ** 0.5
        least, most = np.array(model.bounds_min) - room, np.array(model.bounds_max) + room
        if (low < least).any() or (high > most).any():
            yield error(f"{uri}: reaches outside the bounds of model {model.id!r}")
    if check_glb is not None:
        errors, warnings = check_glb(path)
        yield from (error(f"{uri}: {text}") for text in errors)
        yield from (warning(f"{uri}: {text}") for text in warnings)


def _room(model: TourModel, derivative: Derivative) -> float:
    """Simplified derivatives may bulge a little out of the box around the finest one."""
    finest = [each for each in model.derivatives if each.usage is Usage.web3d][-1]
    return BOUNDS_TOLERANCE if derivative is finest else 0.05
