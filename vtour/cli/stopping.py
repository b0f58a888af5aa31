"""SIGTERM, as at a shutdown, ends a command as Ctrl-C does: nothing half-written stays.

Python throws away what a signal raises while an object is being freed, and a library that is being
imported may turn it into an ImportError: so it is remembered, too.
"""

import signal
import threading

_asked = threading.Event()


def listen_to_sigterm() -> None:
    """From now on; not where the process was started deaf to it."""
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN:
        signal.signal(signal.SIGTERM, _stop)


def was_told_to_stop() -> bool:
    """Whether SIGTERM has come: any error after it is the end it asked for."""
    return _asked.is_set()


def _stop(*_: object) -> None:
    _asked.set()
    raise KeyboardInterrupt
