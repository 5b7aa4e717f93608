"""The table of limits: each line says what it limits and what to do, and the company's own values are in force."""

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils import translation

from core import limits

EVERY = limits.table()


@pytest.mark.parametrize("limit", EVERY, ids=lambda limit: limit.name)
def test_a_limit_lets_its_own_value_pass_and_refuses_one_more(limit):
    limits.check(limit, limit.value - 1)
    limits.check(limit, limit.value)
    with pytest.raises(limits.LimitExceeded) as refused:
        limits.check(limit, limit.value + 1)
    assert refused.value.limit is limit
    assert refused.value.value == limit.value + 1
    [told] = refused.value.messages
    assert "%" not in told
    assert told.endswith(".")


@pytest.mark.parametrize("limit", EVERY, ids=lambda limit: limit.name)
def test_a_limit_is_reachable_by_its_name(limit):
    assert getattr(limits, limit.name) is limit
    assert limits.named(limit.name) is limit
    assert str(limit.about)


def test_the_text_says_the_limit_and_how_much_it_was():
    with pytest.raises(ValidationError) as refused:
        limits.check(limits.POST_CHARS, "x" * 20_013)
    assert "20,000" in refused.value.messages[0]
    assert "20,013" in refused.value.messages[0]


def test_numbers_are_written_as_the_person_writes_them():
    with translation.override("de"):
        assert limits.number(20_000) == "20.000"
    with translation.override("en"):
        assert limits.number(20_000) == "20,000"


def test_sizes_are_written_in_units_and_rounded_upwards():
    assert limits.written(50 * 1024 * 1024) == "50 MB"
    assert limits.written(50 * 1024 * 1024 + 1) == "50.1 MB"
    assert limits.written(512 * 1024) == "512 kB"
    assert limits.written(80) == "80 bytes"


def test_text_counts_by_code_points():
    limits.check(limits.EMOJI_CHARS, "👨‍👩‍👧‍👦" * 4)
    with pytest.raises(limits.LimitExceeded):
        limits.check(limits.EMOJI_CHARS, "👨‍👩‍👧‍👦" * 5)


def test_the_company_may_set_its_own_value(settings):
    settings.KRING_LIMITS = {"POST_CHARS": 100}
    assert limits.POST_CHARS.value == 100
    with pytest.raises(limits.LimitExceeded):
        limits.check(limits.POST_CHARS, "x" * 101)
    assert limits.REPLY_CHARS.value == 20_000


@pytest.mark.parametrize("wrong", [0, -1, "100", None, True, 1.5])
def test_a_value_that_is_no_amount_is_refused(settings, wrong):
    settings.KRING_LIMITS = {"POST_CHARS": wrong}
    with pytest.raises(ImproperlyConfigured, match="POST_CHARS"):
        limits.check(limits.POST_CHARS, "x")
    assert [error.id for error in limits.check_settings(None)] == ["kring.E003"]


def test_a_limit_that_does_not_exist_is_found_at_the_start(settings):
    settings.KRING_LIMITS = {"POST_LETTERS": 5}
    assert [error.id for error in limits.check_settings(None)] == ["kring.E002"]
    settings.KRING_LIMITS = ["POST_CHARS"]
    assert [error.id for error in limits.check_settings(None)] == ["kring.E001"]
    settings.KRING_LIMITS = {"POST_CHARS": 5}
    assert limits.check_settings(None) == []


def test_a_validator_names_its_limit_and_follows_the_settings(settings):
    validator = limits.AtMost("NAME_CHARS")
    validator("x" * 80)
    with pytest.raises(limits.LimitExceeded):
        validator("x" * 81)
    settings.KRING_LIMITS = {"NAME_CHARS": 3}
    with pytest.raises(limits.LimitExceeded):
        validator("xxxx")
    assert validator.deconstruct() == ("core.limits.AtMost", ("NAME_CHARS",), {})
    assert validator == limits.AtMost("NAME_CHARS")
    with pytest.raises(LookupError):
        limits.AtMost("NO_SUCH_LIMIT")
