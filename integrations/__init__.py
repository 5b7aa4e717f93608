"""Other systems, in and out.

owns  · the REST API, its tokens, importers
asks  · every room below: it calls the same actions as the pages
tells · integrations.token.made, integrations.token.revoked, integrations.import.finished
"""
