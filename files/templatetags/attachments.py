"""Files in templates. Pure functions of what is in hand; no queries."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import filesizeformat

from files.models import File

register = template.Library()


@register.filter
def weight(file: File) -> str:
    """The size as people write it: 312 KB."""
    return filesizeformat(file.size)
