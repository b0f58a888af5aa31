"""ASCII identifiers from the names that people give to folders and files."""

import hashlib
import unicodedata

MAX_SLUG = 64
NOT_SLUG = str.maketrans({"đ": "d", "Đ": "D", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})


def slug_from_name(name: str, *, empty: str = "site") -> str:
    """ASCII slug of a folder name: 'Động Tam Thanh (2)' -> 'dong-tam-thanh-2'."""
    decomposed = unicodedata.normalize("NFKD", name.translate(NOT_SLUG))
    ascii_text = decomposed.encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in ascii_text).split()
    return "-".join(words)[:MAX_SLUG].strip("-") or empty


def id_from_name(name: str, what: str = "node") -> str:
    """Slug of a node; a name without any Latin letter or digit, such as a Chinese one, gets
    'node-' and a few digits of its digest, so that two of them differ.

    what : the word before the digits, for things that are no nodes.
    """
    digest = hashlib.sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()[:8]
    return slug_from_name(name, empty=f"{what}-{digest}")
