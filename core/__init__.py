"""The contract and the plumbing.

owns  · Content, Audience, Access, Event, live, presence of sockets, rich text, paging, limits
asks  · nobody: it is the ground floor
tells · every room: who may see, what has happened, what is new
"""
