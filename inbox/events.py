"""What the inbox says happened."""

from core.events import declare

declare("inbox.watch.set", "Someone follows or mutes a thread, a group or a page.")
declare("inbox.watch.snoozed", "Someone put a thread, a group or a page off until a moment.")
declare("inbox.watch.woken", "What someone put off comes back to them.")
declare("inbox.watch.removed", "Someone wants to hear the usual again.")
