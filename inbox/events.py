"""What the inbox says happened."""

from core.events import declare

declare("inbox.watch.set", "Someone follows or mutes a thread, a group or a page.")
declare("inbox.watch.removed", "Someone wants to hear the usual again.")
