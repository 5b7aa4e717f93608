"""The care of what is said.

owns  · Report, Case, Decision, Rule, word filter, warnings and suspensions
asks  · inbox, search, files, core: it knows only the contract, no post and no group
tells · moderation.case.opened, moderation.case.decided, moderation.person.warned …
"""
