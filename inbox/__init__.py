"""Being told.

owns  · Notice, Watch, preferences, the bell, mails about what happened
asks  · core (the contract), nothing above
tells · inbox.notice.delivered through the live hub
"""
