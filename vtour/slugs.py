"""ASCII identifiers from the names that people give to folders and files."""

import unicodedata

MAX_SLUG = 64
NOT_SLUG = str.maketrans({"đ": "d", "Đ": "D", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})


def slug_from_name(name: str, *, empty: str = "site") -> str:
    """ASCII slug of a folder name: 'Động Tam Thanh (2)' -> 'dong-tam-thanh-2'."""
    decomposed = unicodedata.normalize("NFKD", name.translate(NOT_SLUG))
    ascii_text = decomposed.encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in ascii_text).split()
    return "-".join(words)[:MAX_SLUG].strip("-") or empty
