"""What people know, and who vouches for it."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router

from core import limits
from core.paging import page
from core.refusal import Refused
from core.requests import Request
from feed import streams
from feed.models import Post
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import BestAnswers, Claims, Knowers, SkillIn, Skills
from people import actions
from people.models import Claim, Endorsement, Skill, User
from people.views.skills import matching

router = Router(tags=["skills"])


@router.get("/skills", response=Skills, summary="What people here know, what most know first")
def skills(request: Request, q: str = "", cursor: str | None = None) -> dict[str, Any]:
    _employees_only(request)
    found = page(
        matching(Skill.objects.filter(count__gt=0), q[:100]),
        by=("-count", "-pk"),
        cursor=cursor,
        size=limits.PAGE_SIZE.value,
    )
    items = [
        {"id": row.public_id, "name": row.name, "url": shape.absolute(row.get_absolute_url()), "people": row.count}
        for row in found.items
    ]
    return {"items": items, "next": found.next}


@router.get("/skills/{skill_id}/people", response=Knowers, summary="Who knows about it, the most vouched for first")
def knowers(request: Request, skill_id: str, cursor: str | None = None) -> dict[str, Any]:
    _employees_only(request)
    skill = get_object_or_404(Skill, public_id=skill_id)
    here = User.objects.visible_to(request.user).active()
    rows = Claim.objects.filter(skill=skill, person__in=here.values("pk")).select_related("person")
    found = page(rows, by=("-endorsements", "-pk"), cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [{"person": shape.named(row.person), "endorsements": row.endorsements} for row in found.items]
    return {"items": items, "next": found.next}


@router.get("/skills/{skill_id}/answers", response=BestAnswers, summary="The best answers about it that I may see")
def answers(request: Request, skill_id: str) -> dict[str, Any]:
    _employees_only(request)
    skill = get_object_or_404(Skill, public_id=skill_id)
    found = [row.pk for row in streams.best_answers(person=request.user, topics=skill.topics)[: limits.PAGE_SIZE.value]]
    rows = shape.loaded(Post.objects.visible_to(request.user).filter(pk__in=found).order_by("-pk"))
    return {"items": shape.posts(rows, reader=request.user)}


@router.get("/people/{public_id}/skills", response=Claims, summary="What someone knows")
def of_person(request: Request, public_id: str) -> dict[str, Any]:
    rows = list(Claim.objects.filter(person=_person(request, public_id)).select_related("skill"))
    mine = set(Endorsement.objects.filter(by=request.user, claim__in=rows).values_list("claim_id", flat=True))
    return {
        "items": [
            {"skill": shape.named(row.skill), "endorsements": row.endorsements, "mine": row.pk in mine} for row in rows
        ]
    }


@router.post("/people/{public_id}/skills", response={204: None}, summary="Say that I know something")
@once
def add(request: Request, public_id: str, payload: SkillIn) -> tuple[int, Any]:
    actions.add_skill(person=_person(request, public_id), by=request.user, name=payload.name)
    return 204, None


@router.delete("/people/{public_id}/skills/{skill_id}", response={204: None}, summary="No longer say that I know it")
@once
def remove(request: Request, public_id: str, skill_id: str) -> tuple[int, Any]:
    actions.remove_skill(claim=_claim(request, public_id, skill_id), by=request.user)
    return 204, None


@router.put(
    "/people/{public_id}/skills/{skill_id}/endorsement", response={204: None}, summary="Vouch for what someone knows"
)
@once
def endorse(request: Request, public_id: str, skill_id: str) -> tuple[int, Any]:
    actions.endorse(claim=_claim(request, public_id, skill_id), by=request.user)
    return 204, None


@router.delete(
    "/people/{public_id}/skills/{skill_id}/endorsement", response={204: None}, summary="No longer vouch for it"
)
@once
def unendorse(request: Request, public_id: str, skill_id: str) -> tuple[int, Any]:
    actions.unendorse(claim=_claim(request, public_id, skill_id), by=request.user)
    return 204, None


def _employees_only(request: Request) -> None:
    """Security door: what colleagues know is a part of the directory, which guests do not have."""
    if request.user.is_guest:
        raise Refused(_("The directory is for employees. You find the people of your groups on their pages."))


def _person(request: Request, public_id: str) -> User:
    """The person if I may see them; the same 404 as for an id that was never used if not."""
    return get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)


def _claim(request: Request, public_id: str, skill_id: str) -> Claim:
    """What a visible person says they know."""
    rows = Claim.objects.filter(person=_person(request, public_id)).select_related("person", "skill")
    return get_object_or_404(rows, skill__public_id=skill_id)
