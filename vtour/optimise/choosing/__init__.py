"""Which version of a model is the smallest that still looks like it."""
