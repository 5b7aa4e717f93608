"""The addresses of the feed. Fixed names stand before ids and topics."""

from django.urls import path

from feed.views import drafts, home, moving, posts, reach, threads, topics

app_name = "feed"

urlpatterns = [
    path("", home.home, name="home"),
    path("bookmarks/", home.bookmarks, name="bookmarks"),
    path("drafts/", drafts.listed, name="drafts"),
    path("drafts/keep/", drafts.keep, name="keep_draft"),
    path("drafts/latest/", drafts.latest, name="latest_draft"),
    path("drafts/<str:public_id>/", drafts.opened, name="draft"),
    path("drafts/<str:public_id>/discard/", drafts.discard, name="discard_draft"),
    path("drafts/<str:public_id>/send/", drafts.send, name="send_draft"),
    path("people/<str:public_id>/posts/", home.of_person, name="person"),
    path("people/<str:public_id>/praise/", home.praise_of, name="praise"),
    path("groups/<str:public_id>/posts/", home.of_group, name="group"),
    path("groups/<str:public_id>/read/", threads.read_group, name="read_group"),
    path("posts/", posts.publish, name="publish"),
    path("posts/new/", posts.new, name="new"),
    path("posts/<str:public_id>/", threads.thread, name="post"),
    path("posts/<str:public_id>/reply/", threads.reply, name="reply"),
    path("posts/<str:public_id>/read/", threads.read, name="read"),
    path("posts/<str:public_id>/beside/", threads.beside, name="beside"),
    path("posts/<str:public_id>/seen/", threads.seen, name="seen"),
    path("posts/<str:public_id>/reach/", reach.seen, name="reach"),
    path("posts/<str:public_id>/edit/", posts.edit, name="edit"),
    path("posts/<str:public_id>/delete/", posts.delete, name="delete"),
    path("posts/<str:public_id>/history/", posts.history, name="history"),
    path("posts/<str:public_id>/menu/", posts.menu, name="menu"),
    path("posts/<str:public_id>/picker/", posts.picker, name="picker"),
    path("posts/<str:public_id>/reactions/", posts.reactions, name="reactions"),
    path("posts/<str:public_id>/counts/", posts.counts, name="counts"),
    path("posts/<str:public_id>/bookmark/", posts.bookmark, name="bookmark"),
    path("posts/<str:public_id>/close/", posts.close, name="close"),
    path("posts/<str:public_id>/move/", moving.move, name="move"),
    path("posts/<str:public_id>/split/", moving.split, name="split"),
    path("posts/<str:public_id>/merge/", moving.merge, name="merge"),
    path("posts/<str:public_id>/vote/", posts.vote, name="vote"),
    path("posts/<str:public_id>/poll/", posts.poll, name="poll"),
    path("posts/<str:public_id>/accept/", posts.accept, name="accept"),
    path("posts/<str:public_id>/pin/", posts.pin, name="pin"),
    path("posts/<str:public_id>/watch/", posts.watch, name="watch"),
    path("topics/", topics.topics, name="topics"),
    path("topics/complete/", topics.complete, name="complete_topic"),
    path("topics/trending/", topics.trending, name="trending"),
    path("topics/<str:name>/", topics.topic, name="topic"),
    path("topics/<str:name>/edit/", topics.edit, name="edit_topic"),
    path("topics/<str:name>/follow/", topics.follow, name="follow_topic"),
]
