"""Security headers. One policy for pages, a stricter one for everything that is not a page."""

import re
from collections.abc import Sequence

from flask import Response, request

from vtour.errors import OptionError

FRAME_SOURCE = re.compile(
    r"'self'|'none'|\*|https?:|(https?://)?(\*\.)?[A-Za-z0-9.-]+(:([0-9]+|\*))?|https?://\[[0-9a-fA-F:]+\](:[0-9]+)?"
)

IS_OPEN = re.compile(r"/api/|/t/[^/]*/files/")
"""Addresses that programs of every origin may read."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self'; connect-src 'self' blob:; "
    "worker-src 'self' blob:; font-src 'self'; frame-ancestors {frame_ancestors}"
)
FILE_POLICY = "default-src 'none'; sandbox"
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

PERMISSIONS = (
    "accelerometer=(self), autoplay=(self), camera=(), display-capture=(), fullscreen=(self), "
    "geolocation=(), gyroscope=(self), microphone=(), payment=(), usb=(), "
    "xr-spatial-tracking=(self)"
)


def page_policy(frame_ancestors: Sequence[str]) -> str:
    """The Content-Security-Policy of pages.

    frame_ancestors : who may embed them: 'self', 'none', or origins such as
                      https://portal.example; words may come without their quotes.
    Raises OptionError for anything else, so that no directive can be slipped in.
    """
    sources = [f"'{word}'" if word in ("self", "none") else word for word in frame_ancestors]
    for source in sources:
        if not FRAME_SOURCE.fullmatch(source):
            raise OptionError(
                f"frame-ancestors {source!r}: expected self, none, or an origin such as "
                "https://portal.example"
            )
    if not sources or ("'none'" in sources and len(sources) > 1):
        raise OptionError("frame-ancestors: expected none alone, or at least one origin")
    return PAGE_POLICY.format(frame_ancestors=" ".join(sources))


def allow_conditions(response: Response) -> Response:
    """Answer a browser that asks whether another origin may send conditions and ranges."""
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
    response.headers["Access-Control-Allow-Headers"] = "If-Match, If-None-Match, If-Range, Range"
    response.headers["Access-Control-Max-Age"] = "86400"
    return allow_other_origins(response)


def set_common_headers(response: Response) -> Response:
    """Headers that every answer carries."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.headers["Permissions-Policy"] = PERMISSIONS
    response.headers.setdefault("Content-Security-Policy", DATA_POLICY)
    if request.method == "OPTIONS" and IS_OPEN.match(request.path):
        allow_conditions(response)
    return response


def allow_other_origins(response: Response) -> Response:
    """Let other viewers and apps read this answer: it is public and carries no cookies."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = (
        "ETag, Content-Length, Content-Range, Accept-Ranges"
    )
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Timing-Allow-Origin"] = "*"
    return response
