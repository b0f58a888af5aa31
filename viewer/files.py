"""Files of scene packages: /t/<id>/files/<path>."""

from flask import Blueprint, Response, abort, current_app, request

from viewer.headers import FILE_POLICY, allow_other_origins
from viewer.replies import IMMUTABLE, REVALIDATE, file_reply, media_type, text_reply
from vtour.publish.read import MANIFEST, PackageRef

bp = Blueprint("files", __name__)

LEAST_VERSION_DIGITS = 16


@bp.get("/t/<tour_id>/files/<path:name>")
def package_file(tour_id: str, name: str) -> Response:
    """Serve tour.json or a file that it lists; 404 for every other name, whatever it says.

    ``?v=`` with at least 16 digits of the file's SHA-256 makes the answer cacheable for ever.
    """
    package: PackageRef | None = current_app.extensions["library"].get(tour_id)
    if package is None:
        abort(404)
    if name == MANIFEST:
        response = text_reply(
            package.manifest,
            media_type(MANIFEST),
            cache=_cache(package.digest),
            digest=package.digest,
        )
    else:
        response = _listed_file(package, name)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return allow_other_origins(response)


def _listed_file(package: PackageRef, name: str) -> Response:
    found = package.file(name)
    if found is None:
        abort(404)
    try:
        return file_reply(
            found.path, media_type(name), etag=found.digest, cache=_cache(found.digest)
        )
    except OSError:
        abort(404)


def _cache(digest: str) -> str:
    version = request.args.get("v", "")
    known = len(version) >= LEAST_VERSION_DIGITS and digest.startswith(version)
    return IMMUTABLE if known else REVALIDATE
