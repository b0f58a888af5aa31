"""The contact sheet: every place that was found or added, with what is around it, to sign.

A page to read on the screen or to print, and its pictures beside it: ``contact-sheet-<n>.jpg``,
twenty places each. It shows what is not to be published, so it stays in the work folder.
"""

import html
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vtour.files import UInt8Array, replacing, write_text
from vtour.panorama.searched import Picture
from vtour.schema.privacy import Region, Regions, RegionSource

COLUMNS, ROWS = 4, 5
CROP_PX, LABEL_PX, GAP_PX = 288, 44, 12
CELL_WIDTH, CELL_HEIGHT = CROP_PX + GAP_PX, CROP_PX + LABEL_PX + GAP_PX
CONTEXT = 3.0  # a crop is this many times as wide as what is in it
SHEET_QUALITY = 88
LINE, LINE_SHADE = (255, 221, 51), (0, 0, 0)

STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;margin:1.5rem auto;max-width:70rem;padding:0 1rem;
color:#1a1a1a;background:#fff;overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.05rem;overflow-wrap:anywhere;margin:2rem 0 .5rem}
.places{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1rem}
figure{margin:0;border:3px solid #1b7a3d;padding:.4rem;break-inside:avoid}
figure.kept{border:3px dashed #b3261e}
svg{display:block;width:100%;height:auto}
figcaption{font-size:.85rem;overflow-wrap:anywhere}code{font-size:.95em}
.sign{border:1px solid #777;padding:1rem;margin:1.5rem 0}
@media print{body{margin:0;max-width:none;font-size:11pt}.places{grid-template-columns:repeat(4,1fr)
}}
"""


@dataclass
class _Place:
    """One cell: where its crop lies, and what is said of it."""

    region: Region
    is_blurred: bool
    page: int
    left: int
    top: int


@dataclass
class ContactSheet:
    """Collects places picture by picture; the page is written when the block ends.

    path  : of the page; its folder takes the pictures.
    found : what the page says at its top.
    """

    path: Path
    found: Regions
    _places: list[_Place] = field(default_factory=list)
    _page: Image.Image | None = None

    def __enter__(self) -> "ContactSheet":
        """Begin."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Write what is left, unless something failed."""
        if kind is None:
            self._write_page()
            write_text(self.path, self._html())

    def add(self, region: Region, image: UInt8Array, picture: Picture, *, is_blurred: bool) -> None:
        """Add one place of an image (h, w, 3) as it was before anything was hidden."""
        number = len(self._places)
        cell = number % (COLUMNS * ROWS)
        if cell == 0:
            self._write_page()
        if self._page is None:
            size = (COLUMNS * CELL_WIDTH + GAP_PX, ROWS * CELL_HEIGHT + GAP_PX)
            self._page = Image.new("RGB", size, "white")
        left = GAP_PX + cell % COLUMNS * CELL_WIDTH
        top = GAP_PX + cell // COLUMNS * CELL_HEIGHT
        place = _Place(region, is_blurred, 1 + number // (COLUMNS * ROWS), left, top)
        self._places.append(place)
        self._page.paste(
            crop_with_context(region, image, goes_round=picture.goes_round), (left, top)
        )
        draw = ImageDraw.Draw(self._page)
        font = ImageFont.load_default(15)
        draw.text((left, top + CROP_PX + 2), f"{number + 1}  {region.id}", "black", font)
        draw.text((left, top + CROP_PX + 21), _state(place), "black", font)

    def _write_page(self) -> None:
        if self._page is not None:
            last = self._places[-1]
            used = self._page.crop((0, 0, self._page.width, last.top + CELL_HEIGHT))
            with replacing(self.path.with_name(_page_name(last.page))) as temporary:
                used.save(temporary, format="JPEG", quality=SHEET_QUALITY)
        self._page = None

    def _html(self) -> str:
        parts = [_head(self.found, len(self._places))]
        heights = {place.page: place.top + CELL_HEIGHT for place in self._places}
        name = None
        for number, place in enumerate(self._places, start=1):
            if place.region.file != name:
                parts.append("</div>\n" if name is not None else "")
                name = place.region.file
                parts.append(f'<h2>{html.escape(name)}</h2>\n<div class="places">\n')
            parts.append(_figure(number, place, heights[place.page]))
        parts.append("</div>\n" if name is not None else "<p>No place was found or added.</p>\n")
        return "".join(parts) + _films(self.found) + "</body>\n</html>\n"


def crop_with_context(region: Region, image: UInt8Array, *, goes_round: bool) -> Image.Image:
    """A square around a place, with its box drawn in; grey where the image ends."""
    height, width = image.shape[:2]
    side = max(8, round(CONTEXT * max(region.width_px, region.height_px)))
    left = round(region.x_px + region.width_px / 2 - side / 2)
    top = round(region.y_px + region.height_px / 2 - side / 2)
    columns, rows = np.arange(left, left + side), np.arange(top, top + side)
    step = max(1, side // (4 * CROP_PX))  # of a huge box only every so many pixels
    columns, rows = columns[::step], rows[::step]
    crop = np.full((len(rows), len(columns), 3), 160, np.uint8)
    inside = (rows >= 0) & (rows < height)
    there = np.ones(len(columns), bool) if goes_round else (columns >= 0) & (columns < width)
    crop[np.ix_(inside, there)] = image[np.ix_(rows[inside], columns[there] % width)]
    shown = Image.fromarray(crop).resize((CROP_PX, CROP_PX), Image.Resampling.LANCZOS)
    scale = CROP_PX / side
    x, y = (region.x_px - left) * scale, (region.y_px - top) * scale
    box = (x, y, x + region.width_px * scale, y + region.height_px * scale)
    draw = ImageDraw.Draw(shown)
    draw.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), outline=LINE_SHADE)
    draw.rectangle(box, outline=LINE, width=2)
    return shown


def _page_name(number: int) -> str:
    return f"contact-sheet-{number}.jpg"


def _state(place: _Place) -> str:
    if place.region.source is RegionSource.added:
        return "added: blurred"
    score = f"score {place.region.score:.0f}" if place.region.score is not None else "proposed"
    return f"{score}: {'blurred' if place.is_blurred else 'removed, NOT blurred'}"


def counted(found: Regions) -> str:
    """How many images were searched, and how many films were not."""
    films = len(found.films)
    images = f"{len(found.images) - films} images"
    return f"{images} and {films} films to look at" if films else images


def _head(found: Regions, places: int) -> str:
    if found.reviewed and found.review is not None:
        signed = f"Signed by {html.escape(found.review.by)} on {found.review.date}."
    elif found.review is not None:
        signed = (
            f"The review of {html.escape(found.review.by)}, {found.review.date}, does not hold "
            "any more: images or places have changed since."
        )
    else:
        signed = "Not signed yet."
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Blur review</title>
<style>
{STYLE}</style>
</head>
<body>
<h1>Blur review: {places} places in {counted(found)}</h1>
<p>{found.proposed} proposed, {len(found.removed)} of them removed; {len(found.regions)} places are
blurred in what is published. This page shows them as they were: it is not for publication.</p>
<p>The detector misses people: heads in profile, under hats, from behind, and all number plates.
Look through the images themselves, and add what is missing to <code>privacy.yaml</code> beside the
captures, or with <code>vtour panorama blur WORK --add FILE X Y WIDTH HEIGHT</code>. Take out what
is no face with <code>--remove ID</code>. Then sign: <code>--sign "Your Name"</code>.</p>
<p class="sign"><strong>{signed}</strong><br>
Digest of this list: <code>{found.digest}</code></p>
"""


def _films(found: Regions) -> str:
    """The films: nothing looks into them, so a person has to."""
    films = [image for image in found.images if image.is_film]
    if not films:
        return ""
    lines = "".join(
        f"<li>look yourself: film <code>{html.escape(film.file)}</code>, "
        f"SHA-256 <code>{film.sha256}</code></li>\n"
        for film in films
    )
    return (
        "<h2>Films</h2>\n<p>Films are published as they are: no face is looked for in them and "
        f"none is blurred. Watch each to its end before you sign.</p>\n<ul>\n{lines}</ul>\n"
    )


def _figure(number: int, place: _Place, height: int) -> str:
    region = place.region
    kept = "" if place.is_blurred else ' class="kept"'
    width = COLUMNS * CELL_WIDTH + GAP_PX
    note = f"<br>{html.escape(region.note)}" if region.note else ""
    label = f"{number}, {region.id}"
    return (
        f'<figure{kept} id="{region.id}">'
        f'<svg viewBox="{place.left} {place.top} {CROP_PX} {CROP_PX}" role="img" '
        f'aria-label="place {label}"><image href="{_page_name(place.page)}" '
        f'width="{width}" height="{height}"/></svg>'
        f"<figcaption>{number}. <code>{region.id}</code><br>{_state(place)}<br>"
        f"x {region.x_px:g}, y {region.y_px:g}, {region.width_px:g} × {region.height_px:g} px"
        f"{note}</figcaption></figure>\n"
    )
