"""The contracts between stages, and between vtour and the viewer: pydantic models.

The JSON Schemas and the viewer's TypeScript types are generated from them.
"""
