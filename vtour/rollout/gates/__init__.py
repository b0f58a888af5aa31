"""What must hold before a site goes on: one small function a gate, each giving findings.

``check`` looks at gates, ``files`` keeps what was found beside the catalogue.
"""
