"""Finding: one index over everything people say, and answers that hold only what the asker may see.

owns  · the index, its outbox (`Pending`), the syntax of queries, ranking, the search page, typeahead
asks  · core: the contract `Content`, the audiences of a person, limits
tells · every kind of content (through its `search_indexes.py`), the API, the worker, `doctor`
"""
