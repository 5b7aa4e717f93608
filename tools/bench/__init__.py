"""`make bench`: how fast, how small and how frugal Kring is on this machine, beside the gates of its design.

ground    deterministic companies of several sizes, written in bulk and kept under build/bench/
pages     requests through all middleware in this process: CPU, queries, rows, bytes
serving   `manage.py serve` as a company runs it: CPU, memory, sockets, how soon a post is found
moving    importing and indexing
"""
