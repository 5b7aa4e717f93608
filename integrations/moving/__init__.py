"""Moving in: reads the export of another network and writes it into the rooms.

`records` is the neutral form in between; `yammer` and `slack` read into it; `write` writes from it. Another source
needs a reader and nothing else.
"""
