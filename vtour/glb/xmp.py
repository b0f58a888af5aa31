"""What a GLB says of itself: title, author, rights, identifier and date, as XMP.

Source: KHR_xmp_json_ld of the glTF extension registry, "XMP data types" and "Language
Alternatives"; the properties are Dublin Core's (ISO 16684-1, section 8.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vtour.glb.document import Document

EXTENSION = "KHR_xmp_json_ld"
ANY_LANGUAGE = "x-default"
CONTEXT = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


@dataclass(frozen=True)
class Credits:
    """Whose a model is and what it shows; what is empty is not written.

    title, rights : text by language (BCP 47), the first one first.
    creators      : names, in order.
    identifier    : an address or a number that stays.
    date          : of the capture or the publication, ISO 8601. Given, never the clock's.
    """

    title: Mapping[str, str] = field(default_factory=dict)
    creators: tuple[str, ...] = ()
    rights: Mapping[str, str] = field(default_factory=dict)
    identifier: str | None = None
    date: str | None = None


def credits_of(
    title: Mapping[str, str] | None = None,
    credit: str | None = None,
    license: str | None = None,
    identifier: str | None = None,
) -> Credits:
    """Of one creator and a licence whose name is the same in every language."""
    return Credits(
        title=dict(title or {}),
        creators=(credit,) if credit else (),
        rights={ANY_LANGUAGE: license} if license else {},
        identifier=identifier,
    )


def copyright_line(credit: str | None, license: str | None) -> str | None:
    """One line for ``asset.copyright``; None when there is nothing to say."""
    return ", ".join(text for text in (credit, license) if text) or None


def add_credits(document: Document, credits: Credits | None) -> None:
    """Put credits into a document, for the whole asset; nothing when there are none."""
    packet = packet_of(credits) if credits else {}
    if not packet:
        return
    document.use(EXTENSION)
    document.extensions[EXTENSION] = {"packets": [{"@context": CONTEXT, "@id": "", **packet}]}
    document.asset_extensions[EXTENSION] = {"packet": 0}


def packet_of(credits: Credits) -> dict[str, Any]:
    """The properties of an XMP packet."""
    found = {
        "dc:title": _alternatives(credits.title),
        "dc:creator": {"@list": list(credits.creators)} if credits.creators else None,
        "dc:rights": _alternatives(credits.rights),
        "dc:identifier": credits.identifier,
        "dc:date": {"@list": [credits.date]} if credits.date else None,
        "dc:format": "model/gltf-binary",
    }
    packet = {name: value for name, value in found.items() if value}
    return packet if len(packet) > 1 else {}


def _alternatives(texts: Mapping[str, str]) -> dict[str, Any] | None:
    values: dict[str, Any] = {"@type": "rdf:Alt"}
    for number, (language, text) in enumerate(texts.items(), start=1):
        values[f"rdf:_{number}"] = {"@language": language.lower(), "@value": text}
    return values if texts else None
