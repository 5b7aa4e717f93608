"""Keeping topics in order: another name, two that become one, and what they are about.

What people wrote is not written anew: earlier names lead on (`TopicAlias`), for those who see them written.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from core.richtext import parse, topic_key
from core.text import clean
from feed.models import Post, PostTopic, Topic, TopicAlias, TopicFollow
from feed.permissions import may_keep_topics
from people.models import User


@transaction.atomic
def rename(*, topic: Topic, by: User, label: str, merging: bool = False) -> Topic:
    """Give a topic another name. Where another has it already, the two become one with everyone's following.

    Args:
        topic: one that `by` may see.
        by: a moderator or administrator of the network.
        label: the new name, with or without its sign.
        merging: whether `by` knows that there is such a topic already.

    Returns:
        The topic as it is now, or the one that it has become a part of.

    Raises:
        Refused: they may not; or (409) there is a topic of that name, which they have not been asked about.
        ValidationError: it is no name for a topic.
    """
    topic = _held(topic, by)
    label = clean(label, multiline=False).strip().lstrip("#＃")
    limits.check(limits.TOPIC_CHARS, label)
    key = topic_key(label)
    if not label or parse(f"#{label}").topics != (key,):
        raise ValidationError({"name": _("A topic is one word of letters, digits, - and _, with at least one letter.")})
    other = _called(key)
    if other is not None and other.pk != topic.pk:
        known = Post.objects.visible_to(by).about(other).exists()
        if known and not merging:
            raise Refused(_("There is such a topic already. Say that the two shall become one."), status=409)
        return _merge(topic, other, by=by, known=known, label=label)
    if key == topic.name and label == topic.label:
        return topic
    if key != topic.name:
        TopicAlias.objects.filter(name=key).delete()
        TopicAlias.objects.create(name=topic.name, topic=topic)
        PostTopic.objects.filter(topic=topic, written="").update(written=topic.name)
        PostTopic.objects.filter(topic=topic, written=key).update(written="")
    topic.name, topic.label = key, label
    topic.save(update_fields=["name", "label"])
    record("feed.topic.renamed", actor=by, target=topic)
    return topic


@transaction.atomic
def describe(*, topic: Topic, by: User, description: str) -> Topic:
    """Write down what a topic is about.

    Raises:
        Refused: they may not.
        ValidationError: it is too long.
    """
    topic = _held(topic, by)
    description = clean(description, multiline=False).strip()
    limits.check(limits.TOPIC_ABOUT_CHARS, description)
    if description != topic.description:
        topic.description = description
        topic.save(update_fields=["description"])
        record("feed.topic.described", actor=by, target=topic)
    return topic


def _held(topic: Topic, by: User) -> Topic:
    if not may_keep_topics(by):
        raise Refused(_("Only moderators and administrators can change topics."))
    return Topic.objects.select_for_update().get(pk=topic.pk)


def _called(key: str) -> Topic | None:
    """The topic that has this name or had it."""
    found = Topic.objects.select_for_update().filter(name=key).first()
    if found is None:
        earlier = TopicAlias.objects.filter(name=key).select_related("topic").first()
        found = earlier.topic if earlier is not None else None
    return found


def _merge(topic: Topic, into: Topic, *, by: User, known: bool, label: str) -> Topic:
    """Everything of a topic becomes the other's, once.

    Security door: of a topic that `by` cannot see nothing may come to light by this. Then it looks as if it had not
    been there: it is called as they wrote, and described as theirs was.
    """
    hung, key = PostTopic.objects.filter(topic=topic), into.name
    hung.filter(written="").update(written=topic.name)
    # Where both stand in one post, one row is enough: it remembers the name that leads on.
    both = PostTopic.objects.filter(topic=into).values("post")
    twice = list(hung.filter(post__in=both).values_list("pk", "post_id", "written"))
    for pk, post, written in twice:
        PostTopic.objects.filter(topic=into, post=post, written="").update(written=written)
        PostTopic.objects.filter(pk=pk).delete()
    hung.update(topic=into)
    following = TopicFollow.objects.filter(topic=into).values_list("person_id", flat=True)
    TopicFollow.objects.filter(topic=topic, person__in=list(following)).delete()
    TopicFollow.objects.filter(topic=topic).update(topic=into)
    TopicAlias.objects.filter(topic=topic).update(topic=into)
    TopicAlias.objects.create(name=topic.name, topic=into)
    was = topic.pk
    if not known:
        into.label = label if topic_key(label) == key else into.label
    if not (known and into.description):
        into.description = topic.description
    into.save(update_fields=["label", "description"])
    topic.delete()
    record("feed.topic.merged", actor=by, target=into, was=was)
    return into


__all__ = ["describe", "rename"]
