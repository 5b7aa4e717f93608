"""What the feed says happened."""

from core.events import declare

PUBLISHED = declare(
    "feed.post.published", "Someone posted: an update, a question, an announcement, a poll, an event or praise."
)
REPLIED = declare("feed.reply.published", "Someone answered in a thread.")
DELEGATED = declare("feed.post.delegated", "Someone posted or answered in a colleague's name, who is told.")
EDITED = declare("feed.post.edited", "An author changed a post or an answer; the earlier text is kept.")
DELETED = declare("feed.post.deleted", "An author deleted a post or an answer.")
REMOVED = declare("feed.post.removed", "A post or an answer was removed by those who look after the place.")
HELD = declare("feed.post.held", "The word filter holds a post or an answer until a moderator has looked.")
HIDDEN = declare("feed.post.hidden", "A moderator hid a post or an answer.")
RELEASED = declare("feed.post.released", "A moderator let a held or hidden post or answer be seen.")
REACTED = declare("feed.post.reacted", "Someone reacted to a post or an answer with an emoji.")
UNREACTED = declare("feed.post.unreacted", "Someone took a reaction back.")
ACCEPTED = declare("feed.answer.accepted", "An answer was marked as the one that solves the question.")
UNACCEPTED = declare("feed.answer.unaccepted", "An answer is no longer marked as the one that solves the question.")
PINNED = declare("feed.post.pinned", "A post was pinned to the top of its place.")
UNPINNED = declare("feed.post.unpinned", "A post is no longer pinned.")
MENTION_OPENED = declare("feed.mention.opened", "Someone who was named before they could read it now can.")
CLOSED = declare("feed.thread.closed", "A discussion was closed: nobody answers but those who look after the place.")
REOPENED = declare("feed.thread.reopened", "A closed discussion was opened again.")
MOVED = declare("feed.thread.moved", "A discussion came to this place from another, with its answers and files.")
DEPARTED = declare("feed.thread.departed", "A discussion was taken from this place to another.")
SPLIT = declare("feed.thread.split", "Answers became a discussion of their own.")
MERGED = declare("feed.thread.merged", "A discussion became a part of another in the same place.")
VOTED = declare("feed.poll.voted", "Someone voted in a poll; in an anonymous one it is not said who.")
PREVIEWED = declare("feed.post.previewed", "The preview of a link in a post or an answer came, or was taken away.")
ANSWERED = declare("feed.event.answered", "Someone said whether they come to an event, or took it back.")
CHANGED = declare("feed.event.changed", "An event was changed: what it is, when or where.")
CANCELLED = declare("feed.event.cancelled", "An event does not take place.")
PRAISE_CHANGED = declare("feed.praise.changed", "A post praises others than before, or with another badge.")
RESTORED = declare("feed.event.restored", "An event that was cancelled takes place after all.")
REMINDED = declare("feed.event.reminded", "An event begins soon: those who come are reminded.")
CALENDAR_OPENED = declare("feed.calendar.opened", "Someone made a new address for their own calendar.")
CALENDAR_CLOSED = declare("feed.calendar.closed", "Someone took the address for their own calendar back.")
PLAYERS_CHANGED = declare(
    "feed.players.changed", "Someone let the players of a host load by themselves for them, or took that back."
)
DRAFT_KEPT = declare(
    "feed.draft.kept", "A post could not be published at its hour and waits among its author's drafts."
)
RENAMED = declare("feed.topic.renamed", "A topic got another name; the earlier one leads to it.")
TOPICS_MERGED = declare("feed.topic.merged", "A topic became a part of another; its name and followers went along.")
DESCRIBED = declare("feed.topic.described", "It was written down what a topic is about.")
FOLLOWED = declare("feed.topic.followed", "Someone follows a topic.")
UNFOLLOWED = declare("feed.topic.unfollowed", "Someone no longer follows a topic.")
