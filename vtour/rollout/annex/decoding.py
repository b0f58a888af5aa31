"""Text of a CSV file of any encoding that Vietnamese offices use, in composed Unicode (NFC).

Read are UTF-8, UTF-16 and Windows-1258. Fonts of the time before Unicode (TCVN3 or ABC, VNI) are no
encodings: their files hold the letters of other languages, whichever way they were saved. They are
recognised by letters that Vietnamese does not have, and refused.
"""

import codecs
import re
import unicodedata

from vtour.errors import InputError
from vtour.rollout.refusals import refused

MAX_BYTES = 20_000_000
WINDOWS_1258 = "cp1258"
TCVN3_SIGNS = "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉËªÒÕÓÔÖ«ÑÝ×ÞÜ®§¬­"
"""What the ABC fonts draw as à á ả ã ạ ă ằ... Only signs count that are no Vietnamese letters."""
VNI_SIGNS = "ñÑïÏøØûÛäÄëËöÖåÅüÜîÎ"
VIETNAMESE = frozenset(
    "ĂăÂâĐđÊêÔôƠơƯưÀÁẢÃẠàáảãạẰẮẲẴẶằắẳẵặẦẤẨẪẬầấẩẫậÈÉẺẼẸèéẻẽẹỀẾỂỄỆềếểễệÌÍỈĨỊìíỉĩị"
    "ÒÓỎÕỌòóỏõọỒỐỔỖỘồốổỗộỜỚỞỠỢờớởỡợÙÚỦŨỤùúủũụỪỨỬỮỰừứửữựỲÝỶỸỴỳýỷỹỵ"
)
OTHER_SIGNS = frozenset("–—‘’“”…•°′″×½²³«»©®\u00a0₫‚„")
LEAST_WORDS, LEAST_SHARE = 2, 0.2
WORD = re.compile(r"\S+")


def text_of(raw: bytes, name: str) -> str:
    """The text of a file, composed; without a byte order mark.

    Raises InputError for fonts before Unicode and for anything that is none of our encodings.
    """
    if len(raw) > MAX_BYTES:
        raise refused("file_large", name=name, found=len(raw), most=MAX_BYTES)
    text = unicodedata.normalize("NFC", _decoded(raw, name))
    if "\0" in text:
        raise refused("annex_zero", name=name)
    font = old_font(text)
    if font is not None:
        raise refused("annex_font", name=name, font=font, sample=_sample(text, font))
    return text


def _decoded(raw: bytes, name: str) -> str:
    if raw.startswith(codecs.BOM_UTF8):
        return _as(raw[3:], "utf-8", name)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _as(raw, "utf-16", name)
    zeros = [raw[:2000:2].count(0), raw[1:2000:2].count(0)]
    if max(zeros) > len(raw[:2000]) / 8:  # half of ASCII letters' bytes are zero in UTF-16
        return _as(raw, "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le", name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        first = error.start
    if not raw[:first].isascii():  # letters of UTF-8 came before
        return _as(raw, "utf-8", name)
    return _windows_1258(raw, first, name)


def _as(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise refused(
            "annex_encoding", name=name, found=error.start, encoding=encoding.upper()
        ) from None


def _windows_1258(raw: bytes, first: int, name: str) -> str:
    """Windows-1258, when all of it is Vietnamese: its marks stand after their letters."""
    try:
        text = unicodedata.normalize("NFC", raw.decode(WINDOWS_1258))
    except UnicodeDecodeError as error:
        raise _no_encoding(raw, error.start, name) from None
    if old_font(text) is not None:
        return text  # text_of tells of it
    strange = next((c for c in text if c > "\x7f" and c not in VIETNAMESE | OTHER_SIGNS), None)
    if strange is not None:
        raise _no_encoding(raw, first, name)
    return text


def _no_encoding(raw: bytes, place: int, name: str) -> InputError:
    return refused("annex_no_encoding", name=name, found=place, byte=raw[place])


def old_font(text: str) -> str | None:
    """'TCVN3 (ABC)' or 'VNI' when a text looks written for such a font."""
    words = [word for word in WORD.findall(text) if not word.isascii()]
    counts = {font: sum(_is_of(word, signs) for word in words) for font, signs in _fonts().items()}
    font = max(counts, key=lambda each: counts[each])
    return font if counts[font] >= max(LEAST_WORDS, LEAST_SHARE * len(words)) else None


def _fonts() -> dict[str, frozenset[str]]:
    return {"TCVN3 (ABC)": _tcvn3(), "VNI": frozenset(VNI_SIGNS)}


def _tcvn3() -> frozenset[str]:
    return frozenset(TCVN3_SIGNS) - VIETNAMESE - {"«", "»"}


def _is_of(word: str, signs: frozenset[str]) -> bool:
    """Whether a word has such a sign beside a letter."""
    return any(
        sign in signs and any(other.isascii() and other.isalpha() for other in word)
        for sign in word
    )


def _sample(text: str, font: str) -> str:
    words = [word for word in WORD.findall(text) if _is_of(word, _fonts()[font])]
    return " ".join(words[:2])[:40]
