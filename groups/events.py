"""What groups say happened."""

from core.events import declare

declare("groups.group.created", "Someone made a group.")
declare("groups.group.edited", "A group's name, description, cover or rules changed; the names of the fields are told.")
declare("groups.group.narrowed", "A public group became private or secret: whoever is no member lost it at once.")
declare(
    "groups.group.opened", "A private or secret group became public; what was said before opened only if asked for."
)
declare("groups.group.archived", "A group became read-only.")
declare("groups.group.unarchived", "A group is in use again.")
declare("groups.group.deleted", "A group vanished with everything in it; for thirty days it can be brought back.")
declare("groups.group.restored", "A deleted group was brought back as it was.")
declare("groups.group.purged", "A deleted group was taken away for good, with all that was in it.")
declare("groups.group.exported", "Someone made a copy of a group, for a link that ends.")
declare("groups.category.saved", "An administrator made or changed a category of groups.")
declare("groups.category.deleted", "An administrator took a category of groups away.")
declare("groups.group.enrolled", "An administrator said that every colleague is in a group, or no longer.")
declare("groups.member.joined", "Someone became a member: by themselves, accepted, invited or added.")
declare("groups.member.removed", "Someone was taken out of a group, and reads and keeps nothing there from now on.")
declare("groups.member.left", "Someone left a group, and reads and keeps nothing there from now on.")
declare("groups.member.promoted", "Someone's role in a group changed.")
declare("groups.request.made", "Someone asks to be let into a group.")
declare("groups.request.accepted", "A request to join was accepted.")
declare("groups.request.refused", "A request to join was refused.")
declare("groups.request.withdrawn", "Someone no longer asks to be let in.")
declare("groups.link.made", "Someone made a link that lets colleagues into a group.")
declare("groups.link.used", "Someone came into a group with a link.")
declare("groups.link.revoked", "A link into a group was taken back.")
declare("groups.invitation.sent", "Someone was asked into a group.")
declare("groups.invitation.accepted", "An invitation into a group was accepted.")
declare("groups.invitation.declined", "An invitation into a group was declined.")
declare("groups.invitation.revoked", "An invitation into a group was taken back.")
