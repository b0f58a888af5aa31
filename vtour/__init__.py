"""vtour: captures of a site in, a virtual tour out."""

__version__ = "0.1.0"
