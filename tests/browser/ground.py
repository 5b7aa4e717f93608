"""Fill an empty data directory with the whole house, and print who is signed in with which cookie and what is where.

Run by conftest.py as `python -m tests.browser.ground`, so that the browser tests need no database of their own.
"""

from __future__ import annotations

import json
import os
import sys

import django


def main() -> None:
    """Make the tables, the house, what hostile people would write, and a session for each of the cast."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.browser.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from feed import actions as feed
    from knowledge.models import Article
    from moderation.models import Rule
    from people import actions as people
    from tests import make
    from tests.browser.hostile import texts
    from tests.ground import plant
    from tests.world import world

    call_command("migrate", run_syncdb=True, verbosity=0)
    plant()
    Rule.objects.create(name="Be kind", text="Write as you would speak.")
    made = world()
    question = feed.publish(author=made.cast.carol, body="Who knows the way to the canteen?", kind="question")
    answer = feed.reply(author=made.cast.bob, to=question, body="Second floor.")
    feed.accept_answer(answer=answer, by=made.cast.carol)
    long = feed.publish(author=made.cast.alice, body="Word" * 60 + "\n\n| a | b |\n|---|---|\n| " + "x" * 90 + " | y |")
    hostile = [feed.publish(author=made.cast.carol, body=text, group=None).public_id for text in texts()]
    for person, manager in (("bob", "alice"), ("carol", "bob"), ("mona", "alice")):
        people.edit_profile(person=getattr(made.cast, person), by=made.cast.ada, manager=getattr(made.cast, manager))
    make.settle()
    cookies = {}
    for name, browser in made.browsers.items():
        if settings.SESSION_COOKIE_NAME in browser.cookies:
            cookies[name] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    article = Article.objects.get(public_id=made.places["private"].ids["article"])
    ids = {name: place.ids for name, place in made.places.items()}
    found = {
        "cookies": cookies,
        "places": ids,
        "question": question.public_id,
        "long": long.public_id,
        "hostile": hostile,
        # The desk knows pages by number.
        "page": article.pk,
        "section": article.get_parent().pk,
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
