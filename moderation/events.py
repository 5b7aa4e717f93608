"""What moderation says happened."""

from core.events import declare

declare("moderation.report.made", "Someone reported something.")
declare("moderation.case.opened", "A thing waits for a moderator's decision.")
declare("moderation.case.viewed", "A moderator looked at a reported thing and its context.")
declare("moderation.case.decided", "A moderator decided about a reported thing.")
declare("moderation.person.warned", "The author of a reported thing was told which rule it broke.")
declare("moderation.person.suspended", "The author of a reported thing may not write for some time.")
declare("moderation.word.saved", "A word of the filter was added or changed.")
declare("moderation.word.removed", "A word of the filter was removed.")
declare("moderation.rule.saved", "A rule of the house was added or changed.")
