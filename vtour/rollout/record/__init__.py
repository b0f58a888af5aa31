"""The acceptance record (biên bản nghiệm thu) as a .docx: ``facts`` what it speaks of, ``content``
and ``results`` its sections, ``sheet`` how it looks, ``write`` the whole.
"""
