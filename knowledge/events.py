"""What happens to knowledge pages."""

from core.events import declare

PUBLISHED = declare("knowledge.article.published", "An article can be read for the first time, or again.")
CHANGED = declare("knowledge.article.changed", "A new version of an article was published.")
UNPUBLISHED = declare("knowledge.article.unpublished", "An article was taken back into drafts.")
DELETED = declare("knowledge.article.deleted", "An article was deleted on the desk.")
HIDDEN = declare("knowledge.article.hidden", "Moderation hid an article.")
RELEASED = declare("knowledge.article.released", "Moderation showed an article again.")
READERS_CHANGED = declare("knowledge.readers.changed", "A section or article, with all below it, got other readers.")
