"""Attachments: pictures, films, sounds and documents that hang on what people say.

owns  · File, its bytes and renditions, what may be uploaded, archives that are opened safely
asks  · core for audiences and limits; a room above may add readers for its kind (`files.registry`)
tells · files.file.uploaded, attached, moved, withheld, released, removed
"""
