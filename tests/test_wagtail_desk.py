"""No surface of Wagtail's admin tells of what the person at the desk may not read.

Every address below /admin/ is taken from the URL map, filled with the ids of a secret group's pages, media and
revisions, and asked as three people who are not in that group: an editor, an administrator and a moderator. No word
of it may come back, and the answer must be the one for ids that were never used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from groups import actions as groups
from knowledge import actions as knowledge
from knowledge.admin_urls import OPEN
from knowledge.models import Article, Figure, Page, Paper
from people.models import User
from tests import make
from tests.test_knowledge_pages import paper, picture

pytestmark = pytest.mark.django_db


@dataclass
class Vault:
    """What is hidden: ids by what they are ids of, and words that no answer may hold."""

    cast: make.Cast
    wim: User
    eva: User
    shelf: Any
    article: Any
    secret_shelf: Any
    secret: Any
    draft: Any
    ids: dict[str, Any] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)

    def outsiders(self) -> dict[str, User]:
        return {"wim": self.wim, "ada": self.cast.ada, "mona": self.cast.mona}


TOKENS = {
    name: f"zq{name.replace('_', '')}qz".ljust(16, "k")
    for name in (
        "shelf",
        "intro",
        "title",
        "abstract",
        "body",
        "alt",
        "caption",
        "figure",
        "words",
        "paper",
        "file",
        "draft",
        "old",
        "group",
    )
}


def vault() -> Vault:
    """A shelf of a secret group with an article of two versions, a draft, a picture and a document."""
    cast = make.cast()
    wim = make.person("Wim Writer", is_editor=True)
    eva = make.person("Eva Editor", is_editor=True)
    groups.edit_group(group=cast.secret, by=cast.alice, name=f"Group {TOKENS['group']}")
    cast.secret.refresh_from_db()
    groups.add_member(group=cast.secret, person=eva, by=cast.alice)
    shelf = knowledge.write_section(by=wim, title="Logistics")
    article = knowledge.write_article(by=wim, title="Pairing handhelds", body="Hold the trigger.", parent=shelf)
    figure = knowledge.add_picture(
        by=eva, file=picture(), title=f"Kangaroo {TOKENS['figure']}", description=TOKENS["words"]
    )
    document = knowledge.add_paper(by=eva, file=paper(f"{TOKENS['file']}.txt"), title=f"Kangaroo {TOKENS['paper']}")
    secret_shelf = knowledge.write_section(
        by=eva, title=f"Kangaroo {TOKENS['shelf']}", intro=TOKENS["intro"], group=cast.secret
    )
    secret = knowledge.write_article(
        by=eva,
        title=f"Kangaroo {TOKENS['old']}",
        abstract=TOKENS["abstract"],
        parent=secret_shelf,
        body=[
            ("text", f"<p>{TOKENS['body']}</p>"),
            (
                "picture",
                {
                    "image": {"image": figure.pk, "alt_text": TOKENS["alt"], "decorative": False},
                    "caption": TOKENS["caption"],
                },
            ),
            ("document", document.pk),
        ],
    )
    first = secret.get_latest_revision()
    secret.title = f"Kangaroo {TOKENS['title']}"
    second = secret.save_revision(user=eva, log_action=True)
    second.publish(user=eva)
    secret = Article.objects.get(pk=secret.pk)
    draft = knowledge.write_article(by=eva, title=f"Kangaroo {TOKENS['draft']}", parent=secret_shelf, publish=False)
    make.client(eva).get(f"/admin/images/{figure.pk}/")
    return Vault(
        cast,
        wim,
        eva,
        shelf,
        article,
        secret_shelf,
        secret,
        draft,
        ids={
            "page": [secret.pk, secret_shelf.pk, draft.pk],
            "image": [figure.pk],
            "document": [document.pk],
            "revision": [second.pk, first.pk],
            "person": [eva.pk],
        },
        tokens=[
            *TOKENS.values(),
            secret.public_id,
            secret_shelf.public_id,
            draft.public_id,
            figure.public_id,
            document.public_id,
        ],
    )


@pytest.fixture
def held(db: Any) -> Vault:
    return vault()


def addresses() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Name, pattern and parameters of every address below /admin/."""

    def walk(patterns: Any, before: str, names: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            if isinstance(one, URLResolver):
                inner = f"{names}{one.namespace}:" if one.namespace else names
                yield from walk(one.url_patterns, before + str(one.pattern), inner)
            elif isinstance(one, URLPattern):
                yield f"{names}{one.name or ''}", before + str(one.pattern)

    for one in get_resolver().url_patterns:
        if isinstance(one, URLResolver) and str(one.pattern) == "admin/":
            for name, pattern in walk(one.url_patterns, "admin/", ""):
                pattern = re.sub(r"[\^$]|\\Z", "", pattern)
                pattern = re.sub(r"\(\?P<(\w+)>[^)]*(\([^)]*\)[^)]*)*\)", r"<\1>", pattern).replace("\\.", ".")
                yield name, pattern, re.findall(r"<(?:(\w+):)?(\w+)>", pattern)


#: Which ids a parameter takes, by its name; by the beginning of the view's name where that says more.
KINDS = {
    "page_id": "page",
    "parent_page_id": "page",
    "page_to_move_id": "page",
    "page_pk": "page",
    "destination_id": "page",
    "image_id": "image",
    "document_id": "document",
    "doc_id": "document",
    "uploaded_file_id": "unknown",
    "revision_id": "revision",
    "revision_id_a": "revision",
    "revision_id_b": "revision",
    "workflow_state_id": "unknown",
    "workflow_pk": "unknown",
    "task_id": "unknown",
    "task_state_id": "unknown",
    "session_id": "unknown",
    "restriction_id": "unknown",
    "collection_id": "unknown",
    "object_id": "page",
}
WORDS = {
    "content_type_app_name": "knowledge",
    "content_type_model_name": "article",
    "app_label": "knowledge",
    "app_name": "knowledge",
    "model_name": "article",
    "action": "delete",
    "action_name": "approve",
    "filter_spec": "max-165x165",
    "uidb64": "MQ",
    "token": "set-password",
    "slug": "x",
    "format": "left",
}
UNKNOWN = 987_654


def kind_of(name: str, parameter: str) -> str:
    if parameter in KINDS:
        return KINDS[parameter]
    if name.startswith("wagtailimages"):
        return "image"
    if name.startswith("wagtaildocs"):
        return "document"
    if name.startswith(("wagtailadmin_pages", "wagtailadmin_api", "wagtailadmin_choose")):
        return "page"
    return "unknown"


def filled(name: str, pattern: str, parameters: list[tuple[str, str]], held: Vault) -> Iterator[tuple[str, str]]:
    """The address with each set of hidden ids, and the same with ids that were never used."""
    lists = [held.ids.get(kind_of(name, parameter), [UNKNOWN]) for _type, parameter in parameters]
    for turn in range(max((len(ids) for ids in lists), default=1)):
        ours = theirs = pattern
        for (kind, parameter), ids in zip(parameters, lists, strict=True):
            spelled = f"<{kind}:{parameter}>" if kind else f"<{parameter}>"
            word = WORDS.get(parameter)
            hidden = word or str(ids[turn % len(ids)])
            never = word or str(UNKNOWN if kind_of(name, parameter) != "revision" else UNKNOWN + turn)
            ours, theirs = ours.replace(spelled, hidden), theirs.replace(spelled, never)
        yield "/" + ours.replace(".*/", "never/used/"), "/" + theirs.replace(".*/", "never/used/")


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def plain(response: Any, address: str) -> str:
    """An answer without what differs between any two: tokens against forgery, nonces, its own address, moments."""
    text = body_of(response).decode(errors="replace")
    text = re.sub(r"\b[A-Za-z0-9]{32,}\b", "", text)
    text = re.sub(r"""nonce(-|=")[\w+/=]+""", "", text)
    text = re.sub(r"\d+", "0", text)
    return text.replace(re.sub(r"\d+", "0", address), "")


@pytest.mark.parametrize("who", ["ada", *(pytest.param(who, marks=pytest.mark.slow) for who in ("wim", "mona"))])
def test_no_address_of_the_admin_tells_of_what_is_hidden(held: Vault, who: str) -> None:
    browser = make.client(held.outsiders()[who])
    # Wagtail answers some empty forms with an error of its own; what counts is that both answers are the same.
    browser.raise_request_exception = False
    asked = 0
    for name, pattern, parameters in addresses():
        if name in {"wagtailadmin_logout", "wagtailadmin_login"}:
            continue
        for ours, theirs in filled(name, pattern, parameters, held):
            for method in ("get", "post"):
                answer, other = getattr(browser, method)(ours), getattr(browser, method)(theirs)
                asked += 1
                seen = body_of(answer).decode(errors="replace") if not answer.streaming else ""
                heads = " ".join(f"{key}: {value}" for key, value in answer.headers.items())
                for token in held.tokens:
                    assert token not in seen + heads, (name, method, ours, token)
                assert answer.status_code == other.status_code, (name, method, ours, answer.status_code)
                if ours != theirs and not answer.streaming:
                    assert plain(answer, ours) == plain(other, theirs), (name, method, ours)
    assert asked > 250
    assert Page.objects.filter(pk__in=held.ids["page"]).count() == 3
    assert Figure.objects.filter(pk__in=held.ids["image"]).exists()
    assert Paper.objects.filter(pk__in=held.ids["document"]).exists()


#: Lists, searches and choosers, with the questions that reach the most; {} is a word that hidden things hold.
LISTS = [
    "/admin/",
    "/admin/pages/search/?q={}",
    "/admin/pages/search/results/?q={}",
    "/admin/choose-page/search/?q={}",
    "/admin/choose-page/?page_type=knowledge.article",
    "/admin/choose-page/chosen-multiple/?id={page}&id={shelf}",
    "/admin/images/?q={}",
    "/admin/images/results/?q={}",
    "/admin/images/?ordering=-usage_count",
    "/admin/images/?usage_count_min=1",
    "/admin/images/chooser/?q={}",
    "/admin/images/chooser/results/?q={}",
    "/admin/images/chooser/chosen-multiple/?id={image}",
    "/admin/documents/?q={}",
    "/admin/documents/chooser/results/?q={}",
    "/admin/documents/chooser/chosen-multiple/?id={document}",
    "/admin/api/main/pages/?search={}",
    "/admin/api/main/pages/?child_of={shelf}",
    "/admin/api/main/pages/?descendant_of={shelf}",
    "/admin/api/main/pages/?id={page}",
    "/admin/api/main/pages/?fields=*&for_explorer=1",
    "/admin/api/main/pages/?fields=*,parent(*),ancestors(*),descendants,children&child_of={front}",
    "/admin/api/main/pages/{front}/?fields=*",
    "/admin/pages/{front}/",
    "/admin/pages/{front}/?ordering=ord",
    "/admin/pages/{front}/results/?q={}",
    "/admin/pages/{front}/?export=csv",
    "/admin/pages/{front}/?owner={person}",
    "/admin/pages/{front}/?edited_by={person}",
    "/admin/dismissibles/",
    "/search/?q={}",
    "/api/v1/search?q={}",
    "/knowledge/",
]


@pytest.mark.parametrize("who", ["ada", *(pytest.param(who, marks=pytest.mark.slow) for who in ("wim", "mona"))])
def test_lists_searches_and_choosers_hold_only_what_is_theirs(held: Vault, who: str) -> None:
    places = {
        "page": held.secret.pk,
        "shelf": held.secret_shelf.pk,
        "image": held.ids["image"][0],
        "document": held.ids["document"][0],
        "front": Page.objects.get(depth=2).pk,
        "person": held.eva.pk,
    }
    make.settle()
    browser = make.client(held.outsiders()[who])
    for address in LISTS:
        # A refusal before is told on the next page.
        browser.get("/knowledge/")
        answer = browser.get(address.format("Kangaroo", **places))
        seen = body_of(answer).decode(errors="replace")
        for token in held.tokens:
            assert token not in seen, (address, token)
        assert answer.status_code < 500, address
        if "{}" in address:
            browser.get("/knowledge/")
            other = browser.get(address.format("Aardvark", **places))
            ours = plain(answer, "").replace("Kangaroo", "").replace("kangaroo", "")
            assert ours == plain(other, "").replace("Aardvark", "").replace("aardvark", ""), address


def test_an_editor_works_on_the_pages_of_their_own_groups(held: Vault) -> None:
    browser = make.client(held.eva)
    text = browser.get(f"/admin/pages/{held.secret.pk}/edit/").content.decode()
    assert TOKENS["title"] in text and TOKENS["body"] in text and TOKENS["alt"] in text
    assert TOKENS["shelf"] in browser.get(f"/admin/pages/{Page.objects.get(depth=2).pk}/").content.decode()
    for address in (
        f"/admin/pages/{held.secret.pk}/history/",
        f"/admin/pages/{held.secret.pk}/revisions/{held.ids['revision'][1]}/view/",
        f"/admin/pages/{held.secret.pk}/revisions/compare/earliest...latest/",
        f"/admin/pages/{held.secret.pk}/view_draft/",
        f"/admin/pages/{held.secret_shelf.pk}/delete/",
        f"/admin/pages/{held.secret.pk}/move/",
        f"/admin/pages/{held.secret.pk}/unpublish/",
        f"/admin/images/{held.ids['image'][0]}/",
        f"/admin/documents/edit/{held.ids['document'][0]}/",
        "/admin/images/chooser/",
        "/admin/documents/chooser/",
        "/admin/choose-page/",
        "/admin/api/main/pages/",
    ):
        answer = browser.get(address)
        assert answer.status_code == 200, (address, answer.status_code)


def test_every_open_address_exists() -> None:
    known = {name for name, _pattern, _parameters in addresses()}
    assert known >= OPEN, OPEN - known
