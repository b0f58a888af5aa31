"""Web versions of a master model: clean, decimate, bake, compress, validate."""
