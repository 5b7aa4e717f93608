"""What people say: status updates and threaded discussions.

owns  · Post (and replies), reactions, bookmarks, topics, mentions, the home feed
asks  · groups, people, files, inbox, search, moderation, core
tells · feed.post.published, feed.post.edited, feed.post.deleted, feed.post.reacted …
"""
