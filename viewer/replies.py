"""Answers with strong ETags: texts, compressed when the browser takes it, and files in ranges."""

import functools
import gzip
import hashlib
import os
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from flask import Response, request
from werkzeug.http import parse_etags, quote_etag, unquote_etag
from werkzeug.wsgi import wrap_file

from viewer.ranges import ByteRange, RangeError, range_from_header

CHUNK_BYTES = 256 * 1024
LEAST_COMPRESSED_BYTES = 600
YEAR_S = 31_536_000
IMMUTABLE = f"public, max-age={YEAR_S}, immutable"
REVALIDATE = "public, no-cache"

MEDIA_TYPES = {
    ".avif": "image/avif",
    ".b3dm": "application/octet-stream",
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".ktx2": "image/ktx2",
    ".laz": "application/vnd.laszip",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".ply": "application/octet-stream",
    ".png": "image/png",
    ".pnts": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".usdz": "model/vnd.usdz+zip",
    ".vtt": "text/vtt; charset=utf-8",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def media_type(name: str) -> str:
    """The media type by suffix, from our own table: the system's differs between machines."""
    return MEDIA_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


def text_reply(
    data: bytes,
    content_type: str,
    *,
    cache: str = REVALIDATE,
    digest: str | None = None,
    status: int = 200,
) -> Response:
    """Answer a GET or HEAD with bytes made in memory: 200, or 304 when the reader has them.

    digest : SHA-256 of ``data`` when it is known already.
    status : of an error page: then no condition of the reader counts, and there is no ETag.
    """
    etag = (digest or hashlib.sha256(data).hexdigest())[:32]
    encoding = None
    if len(data) >= LEAST_COMPRESSED_BYTES:
        encoding = accepted_encoding(("gzip",))
    if encoding == "gzip":
        data, etag = _gzipped(data), f"{etag}-gz"
    response = Response(data, status=status, content_type=content_type)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = cache
    if status != HTTPStatus.OK:
        return response
    response.set_etag(etag)
    return _not_modified(response, etag) or response


def file_reply(
    path: Path,
    content_type: str,
    *,
    etag: str,
    cache: str = REVALIDATE,
    encoding: str | None = None,
) -> Response:
    """Answer a GET or HEAD with a file: 200, 206, 304, 412 or 416 as RFC 9110 says.

    etag     : strong, without quotes; another one for every encoding of the same content.
    encoding : how the file on disk is compressed.
    Raises OSError when the file cannot be opened.
    """
    stream = path.open("rb")
    try:
        size = os.fstat(stream.fileno()).st_size
        response = _file_response(stream, size, etag)
    except BaseException:
        stream.close()
        raise
    if response.status_code in (304, 412, 416) or request.method == "HEAD":
        stream.close()
    if response.status_code != 412:
        response.set_etag(etag)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = cache
    if response.status_code in (200, 206):
        response.headers["Content-Type"] = content_type
        if encoding:
            response.headers["Content-Encoding"] = encoding
    return response


def _file_response(stream: BinaryIO, size: int, etag: str) -> Response:
    if _precondition_fails(etag):
        return Response(status=412)
    if request.if_none_match and _matches_weakly(request.headers["If-None-Match"], etag):
        return Response(status=304)
    try:
        wanted = range_from_header(request.headers.get("Range"), size) if _may_range(etag) else None
    except RangeError:
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {"Content-Length": str(wanted.length if wanted else size)}
    if wanted:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    body = _FilePart(stream, wanted) if wanted else wrap_file(request.environ, stream, CHUNK_BYTES)
    return Response(body, status=status, headers=headers, direct_passthrough=True)


class _FilePart:
    """Iterates over a part of an open file, then closes it."""

    def __init__(self, stream: BinaryIO, part: ByteRange) -> None:
        self._stream = stream
        self._part = part

    def __iter__(self) -> Iterator[bytes]:
        self._stream.seek(self._part.start)
        left = self._part.length
        while left > 0 and (data := self._stream.read(min(left, CHUNK_BYTES))):
            left -= len(data)
            yield data

    def close(self) -> None:
        """Called by the server when the answer is sent or given up."""
        self._stream.close()


def _may_range(etag: str) -> bool:
    """Whether Range counts: GET only, and If-Range, when there, names this very content."""
    if request.method != "GET":
        return False
    condition = request.headers.get("If-Range")
    if condition is None:
        return True
    try:
        parsedate_to_datetime(condition)
    except (TypeError, ValueError, OverflowError):
        value, weak = unquote_etag(condition.strip())
        return not weak and value == etag
    return False  # we send no Last-Modified, so no date can be ours


def _precondition_fails(etag: str) -> bool:
    condition = request.headers.get("If-Match")
    if condition is None:
        return False
    tags = parse_etags(condition)
    return not (tags.star_tag or etag in tags)


def _matches_weakly(condition: str, etag: str) -> bool:
    tags = parse_etags(condition)
    return tags.star_tag or tags.contains_weak(etag)


def _not_modified(response: Response, etag: str) -> Response | None:
    condition = request.headers.get("If-None-Match")
    if condition is None or not _matches_weakly(condition, etag):
        return None
    kept = {name: response.headers[name] for name in ("Cache-Control", "Vary")}
    return Response(status=304, headers={**kept, "ETag": quote_etag(etag)})


def accepted_encoding(offered: tuple[str, ...]) -> str | None:
    """The first of our encodings, best first, that Accept-Encoding does not refuse."""
    accepted = request.accept_encodings
    named = {name.lower(): quality for name, quality in accepted}
    for encoding in offered:
        quality = named.get(encoding, named.get("*", 0))
        if quality > 0:
            return encoding
    return None


@functools.lru_cache(maxsize=64)
def _gzipped(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=6, mtime=0)
