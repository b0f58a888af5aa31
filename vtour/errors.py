"""The one exception tree. A message says what, what was found, and what was expected.

VtourError
├── InputError        a file, folder or value from outside is not usable
│   ├── CaptureError  a capture cannot be used for what was asked
│   └── OptionError   an option is out of its range or unknown
└── ResourceError     the machine lacks something: disk, memory, a program, a right
"""


class VtourError(Exception):
    """Base of all errors that are shown to the user as one line, without a traceback."""

    exit_code = 2


class InputError(VtourError):
    """A file, folder or value from outside cannot be used."""


class CaptureError(InputError):
    """A capture is readable, yet cannot give what was asked of it."""


class OptionError(InputError):
    """An option is unknown or out of its range."""


class ResourceError(VtourError):
    """The machine lacks something: disk space, memory, a program, a permission."""
