"""What people says happened."""

from core.events import declare

declare("people.member.joined", "Someone has become a member of the network.")
declare("people.member.claimed", "Someone took over the placeholder that an import had made of them.")
declare("people.member.deactivated", "Someone left: every session, token, socket and notice of theirs ended.")
declare("people.member.reactivated", "Someone who had left may sign in again.")
declare("people.member.suspended", "Someone may read but not write until a date.")
declare("people.member.unsuspended", "Someone may write again.")
declare("people.member.signed_in", "Someone signed in.")
declare("people.sessions.ended", "Someone was signed out on every device.")
declare("people.role.changed", "Someone became, or is no longer, administrator, moderator or editor.")
declare("people.guest.changed", "Someone became, or is no longer, a guest, or may stay until another date.")
declare("people.profile.edited", "Someone's profile changed; the names of the fields are told, not what they say.")
declare("people.photo.changed", "Someone has another picture, or none.")
declare("people.person.followed", "Someone follows a person.")
declare("people.person.unfollowed", "Someone no longer follows a person.")
declare("people.invitation.sent", "Someone invited an address to the network.")
declare("people.invitation.revoked", "An invitation to the network was taken back.")
declare("people.invitation.accepted", "Someone came with an invitation.")
