"""Parse a report or a decision; they never save."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.models import Decision, Rule, Word


class ReportForm(forms.Form):
    """What is wrong."""

    rule = forms.ModelChoiceField(
        Rule.objects.filter(retired=False),
        required=False,
        label=_("Which rule does it break?"),
        empty_label=_("Another reason"),
        to_field_name="pk",
    )
    reason = forms.CharField(required=False, label=_("What is wrong?"), widget=forms.Textarea(attrs={"rows": 3}))


class DecisionForm(forms.Form):
    """What to do about it."""

    act = forms.ChoiceField(choices=Decision.Act.choices, label=_("What to do"))
    rule = forms.ModelChoiceField(
        Rule.objects.filter(retired=False),
        required=False,
        label=_("Rule that was broken"),
        empty_label=_("None was broken"),
    )
    note = forms.CharField(required=False, label=_("A word to the author"), widget=forms.Textarea(attrs={"rows": 2}))
    days = forms.IntegerField(required=False, min_value=1, max_value=365, label=_("Suspend for how many days"))


class WordForm(forms.Form):
    """A word of the filter."""

    text = forms.CharField(max_length=120, label=_("Word or phrase"))
    level = forms.ChoiceField(choices=Word.Level.choices, label=_("When someone writes it"))


class RuleForm(forms.ModelForm):
    """A rule of the house."""

    class Meta:
        model = Rule
        fields = ["name", "text", "position", "retired"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
