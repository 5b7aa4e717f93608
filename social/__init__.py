"""The composition root: settings, URLs, ASGI and the shell of the site.

owns  · settings, the URL map, the server's start, the site's settings and its shell
asks  · every room
tells · nobody: it is imported by none
"""
