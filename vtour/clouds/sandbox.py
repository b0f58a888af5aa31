"""A child process with limits for decoders that are not to be trusted with files from outside.

The child writes frames to its standard output: four bytes of kind, eight of length, the bytes.
A signal, a full memory, a limit of time become one line here; nothing of the parent is at risk.
"""

import json
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from vtour.errors import InputError

FRAME = "<4sQ"
DATA, FAILED, DONE = b"DATA", b"FAIL", b"DONE"
MAX_FRAME_BYTES = 1 << 30
MEMORY_BYTES = 3 << 30
"""Address space, not resident memory: numpy with its threads maps 1 GB."""
NO_MEMORY = ("MemoryError", "bad_alloc", "memory allocation of")
MESSAGES_BYTES = 64 << 10
SILENCE_S = 120.0

ENVIRONMENT = (
    "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG",
    "LC_ALL", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip
"""What the child learns of the environment: no keys and passwords of other programs."""

START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from vtour.clouds.sandbox import serve
serve(sys.argv[2], json.loads(sys.argv[3]))
"""


class ChildError(InputError):
    """What went wrong in the child, without the name of the file."""


@contextmanager
def frames_of(
    module: str, request: dict[str, Any], *, cpu_s: float, silence_s: float = SILENCE_S
) -> Iterator[Iterator[bytes | bytearray]]:
    """Frames that ``module.answer(request)`` yields in a child process.

    module    : its function ``answer`` takes the request and yields bytes-like objects.
    cpu_s     : processor time it may take; silence_s: wall time without a frame.

    Raises ChildError, in one line, when the child fails, is killed, or takes too much of
    anything. The child is ended with the ``with`` block.
    """
    limits = {"memory": MEMORY_BYTES, "cpu_s": int(cpu_s) + 1}
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    arguments = [json.dumps(sys.path), module, json.dumps({"request": request, "limits": limits})]
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    environment = {**kept, "OPENBLAS_NUM_THREADS": "1", "RUST_BACKTRACE": "0"}
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", START, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            **apart,
        )
        try:
            yield _frames(child, errors, silence_s)
        finally:
            child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()


def _frames(
    child: "subprocess.Popen[bytes]", errors: BinaryIO, silence_s: float
) -> Iterator[bytes | bytearray]:
    pipe: Any = child.stdout
    while True:
        head = _read(pipe, struct.calcsize(FRAME), silence_s)
        kind, length = struct.unpack(FRAME, head) if len(head) == 12 else (b"", 0)
        if kind not in (DATA, FAILED, DONE) or length > MAX_FRAME_BYTES:
            raise ChildError(_why(child, errors))
        body = _read(pipe, length, silence_s)
        if len(body) < length:
            raise ChildError(_why(child, errors))
        if kind == FAILED:
            raise ChildError(body.decode("utf-8", "replace"))
        if kind == DONE:
            return
        yield body


def _read(pipe: BinaryIO, count: int, silence_s: float) -> bytes | bytearray:
    """As many bytes, fewer when the child ends. Raises ChildError after too long a silence."""
    body = bytearray(count)
    view, filled = memoryview(body), 0
    until = time.monotonic() + silence_s
    handle = pipe.fileno()
    while filled < count:
        if sys.platform != "win32":
            left = until - time.monotonic()
            if left <= 0 or not select.select([handle], [], [], left)[0]:
                raise ChildError(f"no points for {silence_s:.0f} s, given up")
        part = os.readv(handle, [view[filled:]]) if hasattr(os, "readv") else 0
        if not hasattr(os, "readv"):
            some = os.read(handle, min(count - filled, 1 << 20))
            view[filled : filled + len(some)] = some
            part = len(some)
        if part == 0:
            return body[:filled]
        filled += part
    return body


def _why(child: "subprocess.Popen[bytes]", errors: BinaryIO) -> str:
    """Why a child ended early: its signal, or the last line that it wrote."""
    try:
        status = child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        status = child.wait()
    errors.seek(0)
    lines = errors.read()[-4000:].decode("utf-8", "replace").strip().splitlines()
    if any(word in line for line in lines[-3:] for word in NO_MEMORY):
        return "its reader ran out of memory"
    if status < 0:
        name = signal.Signals(-status).name if -status in set(signal.Signals) else str(-status)
        hint = {"SIGXCPU": "too much time", "SIGKILL": "too much time or memory"}.get(name, name)
        return f"its reader was ended by {name}" + (f" ({hint})" if hint != name else "")
    return f"its reader ended with status {status}" + (f" ({lines[-1][:160]})" if lines else "")


def serve(module: str, order: dict[str, Any]) -> None:
    """In the child: set the limits, then write what the module answers."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    _limit(order["limits"])
    try:
        import importlib

        for body in importlib.import_module(module).answer(order["request"]):
            view = memoryview(body).cast("B")
            out.write(struct.pack(FRAME, DATA, view.nbytes))
            out.write(view)
        out.write(struct.pack(FRAME, DONE, 0))
        out.flush()
    except MemoryError:
        _fail(out, "out of memory")
    except BrokenPipeError:
        os._exit(0)
    except Exception as error:
        text = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        _fail(out, text)
    os._exit(0)


def allow_one_file() -> None:
    """In the child, when all is imported: from now on it can open one file, and nothing beside it.

    A connection is a file, too. Nothing happens on Windows.
    """
    try:
        import resource
    except ImportError:
        return
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, free + 1))


def _fail(out: Any, text: str) -> None:
    body = text.encode()
    with suppress(OSError):
        out.write(struct.pack(FRAME, FAILED, len(body)) + body)
        out.flush()


def _limit(limits: dict[str, int]) -> None:
    """Memory, processor time, files no longer than messages. Windows has no such limits."""
    try:
        import resource
    except ImportError:
        return
    for what, most, last in (
        (resource.RLIMIT_AS, limits["memory"], limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu_s"], limits["cpu_s"] + 5),  # SIGXCPU, then SIGKILL
        (resource.RLIMIT_FSIZE, MESSAGES_BYTES, MESSAGES_BYTES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with suppress(ValueError, OSError):  # a limit that is lower already stays
            resource.setrlimit(what, (most, last))
