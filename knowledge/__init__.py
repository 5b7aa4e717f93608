"""Knowledge: sections and articles for everyone or for one group, written in Wagtail, read in the site's own look.

owns  · the page tree, its pictures and documents, the editors' desk and what Wagtail may show there
asks  · core (audience, events, site), groups (whose members an editor may write for), search
tells · knowledge.article.published / changed / unpublished / hidden / released / deleted, knowledge.readers.changed
"""
