"""Places.

owns  · Group, membership, roles, requests, invitations to groups
asks  · people, files, inbox, search, moderation, core
tells · groups.group.created, groups.member.joined, groups.member.removed, groups.group.narrowed …
"""
