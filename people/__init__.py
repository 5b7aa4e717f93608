"""Members.

owns  · User, profile, handles, follows, sign-up invitations, the directory, sign-in
asks  · files (photos), inbox, search, moderation, core
tells · people.member.joined, people.member.deactivated, people.profile.edited, people.person.followed …
"""
