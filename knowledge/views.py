"""Knowledge in the site's own look, its pictures and documents behind their permission check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from core.requests import Request
from files.errors import NotGiven
from files.models import withheld
from groups.models import Group
from knowledge import actions, desk
from knowledge.drawing import SPECS, draw
from knowledge.forms import ReadersForm
from knowledge.models import Article, Figure, Page, Paper, Section
from knowledge.permissions import may

#: How many pages the tree of one answer holds.
TREE = 400
#: Sizes that are made on demand; others are served if the desk has made them.
ON_DEMAND = frozenset(SPECS)


@dataclass
class Node:
    """A page in the tree, with what is below it."""

    page: Page
    is_article: bool
    children: list[Node] = field(default_factory=list)
    articles: int = 0

    @property
    def symbol(self) -> str:
        """The icon it wears."""
        return "file" if self.is_article else "book"

    @property
    def more(self) -> bool:
        """Whether there is more on it than a shelf shows."""
        return not self.is_article and (len(self.children) > 8 or any(child.children for child in self.children))


@require_GET
def index(request: Request) -> HttpResponse:
    """The front of knowledge: what there is to read."""
    nodes = tree(request.user)
    recent = (
        Article.objects.visible_to(request.user)
        .order_by("-last_published_at", "-pk")
        .only("title", "url_path", "last_published_at", "audience_id")[:6]
    )
    groups = groups_by_audience(request.user, nodes)
    context = {
        "nodes": nodes,
        "recent": recent,
        "groups": groups,
        "edits": desk.edits(request.user),
        "desk_url": reverse("wagtailadmin_explore_root"),
    }
    return render(request, "knowledge/index.html", context)


@require_GET
def page(request: Request, path: str) -> HttpResponse:
    """A section or an article."""
    found = get_object_or_404(Page.objects.visible_to(request.user).filter(depth__gt=2), url_path=f"/knowledge/{path}/")
    found = found.specific
    if isinstance(found, Article):
        return render(request, "knowledge/article.html", article_context(request, found))
    return render(request, "knowledge/section.html", section_context(request, found))


def preview(request: Request, page: Page) -> TemplateResponse:
    """A draft as the site will show it; only the desk calls this, for a page that is on the desk."""
    article = isinstance(page, Article)
    context = article_context(request, page) if article else section_context(request, page)
    context["is_preview"] = True
    return TemplateResponse(request, "knowledge/article.html" if article else "knowledge/section.html", context)


def article_context(request: Request, article: Article) -> dict[str, Any]:
    """What the page of an article shows to who asks."""
    user = request.user
    with desk.reading(user):
        drawn = draw(article.body)
    return {
        "article": article,
        "drawn": drawn,
        "crumbs": crumbs(user, article),
        "group": group_of(user, article),
        "may": may(user, article),
        "by": _last_editor(article),
        "related": _related(user, article),
        "is_preview": False,
    }


def section_context(request: Request, section: Section) -> dict[str, Any]:
    """What the page of a section shows to who asks."""
    user = request.user
    return {
        "section": section,
        "nodes": tree(user, below=section) if section.path else [],
        "crumbs": crumbs(user, section),
        "group": group_of(user, section),
        "may": may(user, section),
        "is_preview": False,
    }


def tree(user: Any, *, below: Page | None = None) -> list[Node]:
    """The sections and articles that `user` may read, in the editors' order, as nested nodes.

    A section that holds nothing for them is left out, unless it is everyone's.
    """
    rows = Page.objects.visible_to(user).filter(depth__gt=2).select_related("content_type", "audience")
    if below is not None:
        rows = rows.filter(path__startswith=below.path, depth__gt=below.depth)
    top: list[Node] = []
    by_path: dict[str, Node] = {}
    for row in rows.order_by("path")[:TREE]:
        node = Node(row, is_article=row.content_type.model == "article")
        by_path[row.path] = node
        above = by_path.get(row.path[: -Page.steplen])
        (above.children if above else top).append(node)
        if node.is_article:
            for cut in range(len(row.path) - Page.steplen, 0, -Page.steplen):
                if holder := by_path.get(row.path[:cut]):
                    holder.articles += 1
    return _without_empty(top)


def _without_empty(nodes: list[Node]) -> list[Node]:
    kept = []
    for node in nodes:
        node.children = _without_empty(node.children)
        if node.is_article or node.articles or not node.page.is_private:
            kept.append(node)
    return kept


def crumbs(user: Any, page: Page) -> list[Page]:
    """The sections above a page, as far as `user` may know of them."""
    if not page.path:
        return []
    above = [page.path[:cut] for cut in range(Page.steplen * 3, len(page.path), Page.steplen)]
    return list(Page.objects.visible_to(user).filter(path__in=above).order_by("depth")) if above else []


def groups_by_audience(user: Any, nodes: list[Node]) -> dict[int, Group]:
    """The groups whose pages stand in a tree, as far as `user` may know them."""
    wanted = {node.page.audience_id for node in nodes if node.page.is_private}
    if not wanted:
        return {}
    rows = Group.objects.visible_to(user).filter(audiences__own__in=wanted).values_list("audiences__own_id", "pk")
    found = Group.objects.visible_to(user).in_bulk({pk for _audience, pk in rows})
    return {audience: found[pk] for audience, pk in rows if pk in found}


def group_of(user: Any, page: Page) -> Group | None:
    """The group that a page is for; None where it is for everyone."""
    if not page.is_private:
        return None
    return Group.objects.visible_to(user).filter(audiences__own_id=page.audience_id).first()


def _last_editor(article: Article) -> Any:
    revision = article.live_revision
    return revision.user if revision and revision.user else article.owner


def _related(user: Any, article: Article) -> list[Page]:
    """Other articles of the same section."""
    if not article.path or article.depth <= 3:
        return []
    parent = article.path[: -Page.steplen]
    rows = Article.objects.visible_to(user).filter(path__startswith=parent, depth=article.depth).exclude(pk=article.pk)
    return list(rows.order_by("-last_published_at").only("title", "url_path")[:5])


# --- Bytes ---


@require_GET
def image(request: Request, public_id: str, spec: str) -> FileResponse:
    """A picture in one of its sizes, for who sees a page that shows it.

    Security door: the file has no address of its own; this view asks every time, and nothing keeps the answer.
    """
    picture = get_object_or_404(Figure.objects.visible_to(request.user), public_id=public_id)
    _is_given(picture)
    rendition = picture.renditions.filter(filter_spec=spec).first()
    if rendition is None:
        if spec not in ON_DEMAND:
            raise Http404
        rendition = picture.get_rendition(spec)
    return _bytes(rendition.file, actions.guess_type(rendition.file.name))


@require_GET
def document(request: Request, public_id: str) -> FileResponse:
    """A document to download, for who sees a page that offers it."""
    found = get_object_or_404(Paper.objects.visible_to(request.user), public_id=public_id)
    _is_given(found)
    return _bytes(found.file, found.media_type or "application/octet-stream", name=found.filename)


def _is_given(medium: Figure | Paper) -> None:
    """Refuse what the virus scanner stands before, to those who may see that it is there."""
    if not medium.is_given:
        raise NotGiven(withheld(medium))


def _bytes(file: Any, content_type: str, name: str = "") -> FileResponse:
    try:
        stream = file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stream, content_type=content_type, as_attachment=bool(name), filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


# --- The desk ---


@require_http_methods(["GET", "POST"])
def change_readers(request: Request, page_id: int) -> HttpResponse:
    """Choose other readers for a page directly below the front; opening asks once more, with the number of pages."""
    page = get_object_or_404(Page, pk=page_id)
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    form = ReadersForm(request.POST or None, editor=request.user, initial={"readers": _current(request, page)})
    count = page.get_descendants(inclusive=True).count()
    ask = False
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["confirmed"]:
            actions.change_readers(page=page, by=request.user, group=form.group)
            return HttpResponseRedirect(reverse("wagtailadmin_explore", args=[page.pk]))
        ask = True
    context = {
        "page": page,
        "form": form,
        "ask": ask,
        "fixed": page.depth != 3,
        "sentence": ngettext("This changes who reads %(count)d page.", "This changes who reads %(count)d pages.", count)
        % {"count": count},
        "title": _("Who can read it"),
    }
    return render(request, "knowledge/desk/readers.html", context)


def _current(request: Request, page: Page) -> str:
    group = group_of(request.user, page)
    return group.public_id if group else "everyone"
