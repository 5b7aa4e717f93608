"""System checks of this room."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from files import scanner


@register
def scanner_address(app_configs: Any, **kwargs: Any) -> list[Error]:
    """The scanner's address can be read; whether it answers, `doctor` says."""
    try:
        if settings.KRING_CLAMD:
            scanner.address(settings.KRING_CLAMD)
    except ValueError:
        hint = "Write unix:/run/clamav/clamd.ctl or host:port."
        return [Error("KRING_CLAMD is no address of a scanner.", hint=hint, id="kring.E010")]
    return []


@register
def bucket(app_configs: Any, **kwargs: Any) -> list[Error]:
    """A bucket needs its library, and sends its bytes through us."""
    if not settings.KRING_S3["bucket"]:
        return []
    found = []
    if find_spec("boto3") is None:
        hint = "Install the extra: pip install --require-hashes -r requirements/s3.lock."
        found.append(Error("KRING_S3_BUCKET needs boto3.", hint=hint, id="kring.E011"))
    if settings.KRING_ACCEL_PREFIX:
        hint = "Leave KRING_ACCEL_PREFIX empty: nginx would look on the disk for what lies in the bucket."
        found.append(Error("KRING_S3_BUCKET and KRING_ACCEL_PREFIX do not go together.", hint=hint, id="kring.E012"))
    return found
