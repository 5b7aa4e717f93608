"""Messages to devices (Web Push): who has which, and how one is sent.

A browser names an address of its maker (RFC 8030); what is brought there is encrypted for that browser alone (RFC 8291)
and signed with the network's own key (RFC 8292). It says what kind of thing is new, and never which.

Security door: the address comes from a person, so it is gone to through `core.outgoing` alone, which knows no way in.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
import tempfile
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from core import limits, outgoing, site
from core.content import Content
from inbox import registry
from inbox.models import Device

#: How long the maker keeps a message for a device that is off.
KEPT = timedelta(days=1)
#: How long a signature holds; at most a day is allowed.
SIGNED = timedelta(hours=12)
#: After so many refusals in a row a device is forgotten.
FAILURES = 10
#: Answers that say that there is no such device any more.
GONE = frozenset({404, 410})


def is_on() -> bool:
    """Whether messages are sent: the operator and the administrators both say so."""
    return bool(settings.KRING_PUSH) and site.current().notice_push


def public_key() -> str:
    """The network's own key as browsers want it when they are asked for an address."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _signer().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def key_file() -> Path:
    """Where the network's own key lies, unless the environment holds it."""
    return Path(settings.KRING_DATA_DIR) / "push_key.pem"


# ---- Devices


@transaction.atomic
def subscribe(*, person: Any, session: Any, endpoint: str, key: str, secret: str, agent: str = "") -> Device:
    """Send messages to a browser from now on, or still. It belongs to who is signed in there.

    Args:
        person: who is signed in.
        session: with which session.
        endpoint, key, secret: what the browser gave.
        agent: what it calls itself.

    Raises:
        ValidationError: that is no browser's answer, or not one that can be reached; or they are too many.
    """
    limits.check(limits.PUSH_ADDRESS_CHARS, endpoint)
    try:
        good = outgoing.target_of(endpoint).scheme == "https"
        point, shared = _bytes(key), _bytes(secret)
        _point(point)
    except (outgoing.Unreachable, ValueError) as error:
        raise ValidationError(_("This browser's answer cannot be used."), code="device") from error
    if not good or len(shared) != 16:
        raise ValidationError(_("This browser's answer cannot be used."), code="device")
    digest = hashlib.sha256(endpoint.encode()).hexdigest()
    known = Device.objects.filter(digest=digest, person=person).exists()
    if not known:
        limits.check(limits.PUSH_DEVICES, Device.objects.filter(person=person).count() + 1)
    device, _made = Device.objects.update_or_create(
        digest=digest,
        defaults={
            "person": person,
            "endpoint": endpoint,
            "key": key,
            "secret": secret,
            "agent": agent[:300],
            "session": _digest(session.session_key or ""),
            "proof": _digest(person.get_session_auth_hash()),
            "until": _end_of(session),
            "used_at": timezone.now(),
            "failures": 0,
        },
    )
    return device


def _end_of(session: Any) -> datetime:
    """When a session ends by itself, as it is kept."""
    kept = Session.objects.filter(session_key=session.session_key).values_list("expire_date", flat=True).first()
    return kept or session.get_expiry_date()


def devices(person: Any) -> list[Device]:
    """The person's devices, that which was used last first."""
    return list(Device.objects.filter(person=person, until__gt=timezone.now()).order_by("-used_at", "-pk"))


def remove(*, person: Any, public_id: str = "", endpoint: str = "") -> None:
    """Send no more messages to a device of theirs; of others' it changes nothing and tells nothing."""
    mine = Device.objects.filter(person=person)
    if endpoint:
        mine.filter(digest=hashlib.sha256(endpoint.encode("utf-8", "replace")).hexdigest()).delete()
    else:
        mine.filter(public_id=public_id).delete()


def forget_session(key: str) -> None:
    """A session has ended: the device that belongs to it hears nothing more."""
    if key:
        Device.objects.filter(session=_digest(key)).delete()


def reachable(person: Any) -> list[Device]:
    """Where a message for the person goes now. Those whose signing-in is over are forgotten.

    Security door: asked when a message is sent, like the session of a socket: a new password and "sign out everywhere"
    end it.
    """
    proof, now = _digest(person.get_session_auth_hash()), timezone.now()
    found: list[Device] = []
    over: list[Device] = []
    for device in Device.objects.filter(person=person):
        good = device.until > now and constant_time_compare(device.proof, proof)
        (found if good else over).append(device)
    if over:
        Device.objects.filter(pk__in=[device.pk for device in over]).delete()
    return found


def reached(device: Device, status: int | None) -> bool | None:
    """Note what came of a message to a device.

    Args:
        status: what was answered; None when nobody did.

    Returns:
        True when it was taken, False when it never will be, None when it may be later.
    """
    mine = Device.objects.filter(pk=device.pk)
    if status is not None and 200 <= status < 300:
        mine.update(used_at=timezone.now(), failures=0)
        return True
    if status is None:
        # Perhaps it is us who cannot go out.
        return None
    if status in GONE or device.failures + 1 >= FAILURES:
        mine.delete()
        return False
    mine.update(failures=device.failures + 1)
    return None if status == 429 or status >= 500 else False


# ---- A message


def message(*, person: Any, kind: registry.Kind, about: Content) -> bytes:
    """What a device is told: that there is something of a kind, and on which page of ours. No title, no name."""
    with translation.override(person.language or settings.LANGUAGE_CODE):
        said = {
            "title": site.current().network_name,
            "body": str(kind.push),
            "path": about.get_absolute_url(),
            "tag": kind.verb,
        }
    return json.dumps(said).encode()


def parcel(device: Device, said: bytes) -> tuple[bytes, dict[str, str]]:
    """A message as it is brought to a device: its body, that only the device can read, and its headers."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    body = http_ece.encrypt(
        said,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(device.key),
        auth_secret=_bytes(device.secret),
        version="aes128gcm",
    )
    parts = urlsplit(device.endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((timezone.now() + SIGNED).timestamp()),
        "sub": _contact(),
    }
    return body, {
        **_signer().sign(claims),
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(int(KEPT.total_seconds())),
        "Urgency": "normal",
    }


def bring(endpoint: str, body: bytes, headers: dict[str, str]) -> int | None:
    """Bring a parcel to its address: what was answered, or None if nobody did. Knows addresses, and no database.

    An address that leads inside is as good as one that is gone.
    """
    try:
        return outgoing.post(endpoint, body=body, headers=headers)[0]
    except outgoing.Unreachable as error:
        return None if error.passing else 410


# ---- Keys


def _signer() -> Any:
    """The network's own key; made when it is first asked for."""
    return _read(settings.KRING_PUSH_KEY, str(key_file()))


@lru_cache(maxsize=1)
def _read(given: str, path: str) -> Any:
    from py_vapid import Vapid02

    if given:
        return Vapid02.from_raw(given.encode())
    kept = Path(path)
    if not kept.exists():
        made = Vapid02()
        made.generate_keys()
        # Written beside (0600) and then named, so that of two processes that begin together both read the same one.
        handle, temporary = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "wb") as out:
            out.write(made.private_pem())
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, kept)
        os.unlink(temporary)
    return Vapid02.from_pem(kept.read_bytes())


def _contact() -> str:
    """Whom a maker of browsers asks when something is wrong with our messages."""
    if settings.BASE_URL.startswith("https://") and ":" not in urlsplit(settings.BASE_URL).netloc:
        return settings.BASE_URL
    return f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or 'kring@localhost'}"


def _bytes(text: str) -> bytes:
    """What stands in base64 for addresses.

    Raises:
        ValueError: something else does.
    """
    if len(text) > 100 or not text.isascii():
        raise ValueError("not a key")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not a key") from error


def _point(data: bytes) -> None:
    """Whether it is a public key of the curve that all browsers use.

    Raises:
        ValueError: it is none.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(data) != 65:
        raise ValueError("not a point")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


def _digest(text: str) -> str:
    return salted_hmac("inbox.push", text, algorithm="sha256").hexdigest()
