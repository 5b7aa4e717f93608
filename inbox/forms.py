"""What is sent to the inbox, parsed."""

from __future__ import annotations

from django import forms

from core import limits
from core.forms import unchanging
from core.text import CleanCharField


@unchanging
class DeviceForm(forms.Form):
    """What a browser answers when it is asked to take messages; with `off`, that it shall take none any more."""

    endpoint = CleanCharField(limit=limits.PUSH_ADDRESS_CHARS)
    key = forms.CharField(max_length=100, required=False)
    secret = forms.CharField(max_length=40, required=False)
    off = forms.BooleanField(required=False)
