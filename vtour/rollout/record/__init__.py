"""The acceptance record (biên bản nghiệm thu) as a .docx: ``sheet`` how it looks, ``content`` what
it says, ``write`` the whole.
"""
