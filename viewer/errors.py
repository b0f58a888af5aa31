"""What is answered when something is wrong: pages for people, problem documents for programs."""

import json
import logging
import re
from http import HTTPStatus

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.sansio.response import Response as AnyResponse

from viewer.headers import allow_other_origins
from viewer.languages import language_of
from viewer.pages import page_reply
from viewer.texts import TEXTS

log = logging.getLogger(__name__)

IS_FOR_PROGRAMS = re.compile(r"/api/|/static/|/t/[^/]*/files/")


def add_error_handlers(app: Flask) -> None:
    """Answer every HTTP error and every bug in the form that the address calls for."""
    app.register_error_handler(HTTPException, answer_error)
    app.register_error_handler(Exception, answer_bug)


def answer_bug(error: Exception) -> Response | AnyResponse:
    """500; the traceback goes to the log and not to the visitor."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return answer_error(InternalServerError())


def answer_error(error: HTTPException) -> Response | AnyResponse:
    """A problem document below /api/ and for files, else a page in the visitor's language."""
    status = error.code or 500
    allowed = getattr(error, "valid_methods", None)
    if status < 400:  # a redirect of the router's
        return error.get_response()
    if IS_FOR_PROGRAMS.match(request.path):
        response = problem_reply(status, error.description or "")
    else:
        response = _error_page(status)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    response.headers["Cache-Control"] = "no-store"
    return response


def problem_reply(status: int, detail: str) -> Response:
    """A problem document (RFC 9457)."""
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
    }
    body = json.dumps(problem, ensure_ascii=False)
    response = Response(body, status=status, content_type="application/problem+json")
    return allow_other_origins(response)


def _error_page(status: int) -> Response:
    language = language_of(request)
    kind = "not_found" if status == HTTPStatus.NOT_FOUND else "error"
    of_rollout = "rollout" in current_app.extensions and request.path.startswith("/rollout")
    no_site = of_rollout and status == HTTPStatus.NOT_FOUND
    response = page_reply(
        "error.html",
        language,
        status=status,
        entry=current_app.extensions["frontend"].entry("src/index.ts"),
        heading=TEXTS[f"{kind}_title"][language],
        message=TEXTS["no_site_text" if no_site else f"{kind}_text"][language],
        of_rollout=of_rollout,
    )
    return response
