"""A page of twenty posts of every kind, as nobody has drawn it yet and as everyone sees it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import cycle, islice
from typing import Any

from tools.bench import ground
from tools.bench.figures import Figures
from tools.bench.media import photo
from tools.bench.pages import Browser, Scenario

POSTS, PEOPLE = 20, 30
LONG = """We looked at **three** ways, and #warehouse has the numbers:

| way  | days | cost |
|------|-----:|-----:|
| rail |    4 |  900 |
| road |    2 | 1400 |

- [x] asked the carriers
- [ ] asked the customers

```python
def days(way: str) -> int:
    return {"rail": 4, "road": 2}[way]
```
"""


def measure(repeat: int) -> list[Figures]:
    """In the empty tables of this process's database."""
    from feed import actions, cards
    from groups.models import Group
    from people.models import User

    ground.crowd(PEOPLE)
    place = Group.objects.get()
    owner = User.objects.get(memberships__group=place, memberships__role="owner")
    others = list(User.objects.exclude(pk=owner.pk).order_by("pk"))
    for number, say in enumerate(islice(cycle(_kinds(owner, others, place)), POSTS)):
        post = say()
        for person in others[: number % 5]:
            actions.react(post=post, person=person, emoji="👍")
    browser = Browser(owner)
    path = place.get_absolute_url()
    name = f"page of {POSTS} posts of every kind"
    scenarios = (
        Scenario(f"{name}, none drawn yet", lambda: browser.get(path), {"cpu": 40}, before=cards.shelf.clear),
        Scenario(name, lambda: browser.get(path)),
    )
    return [scenario.run("", repeat, browser.alive) for scenario in scenarios]


def _kinds(owner: Any, others: list[Any], place: Any) -> list[Callable[[], Any]]:
    from feed import actions
    from feed.actions import polls
    from files import actions as files

    picture = photo((640, 480))

    def said(body: str, **more: Any) -> Any:
        return actions.publish(author=owner, body=body, group=place, **more)

    def pictures() -> Any:
        taken = [
            files.upload(by=owner, stream=BytesIO(picture), name=f"dock {n}.jpg", alt="The dock") for n in range(3)
        ]
        return said("The new dock.", files=taken)

    def document() -> Any:
        minutes = files.upload(
            by=owner, stream=BytesIO(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"), name="minutes.pdf"
        )
        return said("What we decided.", files=[minutes])

    def question() -> Any:
        asked = said("Who has the key of the archive?", kind="question")
        actions.accept_answer(answer=actions.reply(author=others[0], to=asked, body="I have."), by=owner)
        return asked

    def poll() -> Any:
        return said("When do we meet?", kind="poll", poll=polls.asked(options=["Monday", "Tuesday", "Never"]))

    def announcement() -> Any:
        return said("The canteen is shut on Friday.", kind="announcement")

    def discussed() -> Any:
        begun = said(f"What do you think, @{others[1].handle}?")
        for person in others[:4]:
            actions.reply(author=person, to=begun, body="That it *works*.")
        return begun

    return [lambda: said(LONG), pictures, document, question, poll, announcement, discussed]
