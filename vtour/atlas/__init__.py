"""Texture atlases: the faces of a mesh, charts of it laid flat, packed, and cut into texels."""
