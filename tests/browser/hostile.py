"""Texts that would run in a careless browser: our own list, and the mutation list where it lies beside the project."""

from __future__ import annotations

import json
from pathlib import Path

LIST = Path(__file__).resolve().parents[3] / "shared" / "data" / "hostile" / "mutation-xss.json"
OWN = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '"><svg onload=alert(1)>',
    "[click](javascript:alert(1)) [click](JaVa\tScript:alert(1)) [click](data:text/html,<script>alert(1)</script>)",
    '![x](x"onerror="alert(1))',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=alert(1) src>">',
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    "<style>@import 'https://evil.example/x.css';</style>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<div hx-get=/ hx-trigger=load data-hx-on:click=alert(1) style=position:fixed;inset:0>over</div>",
    "`</textarea><script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "{{ constructor.constructor('alert(1)')() }}",
    "<details open ontoggle=alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    "\u202egpj.exe <bdo dir=rtl>x</bdo>",
    "#<img src=x onerror=alert(1)> @<script>alert(1)</script>",
]


def texts() -> list[str]:
    """What to post; without NUL, which is refused."""
    found = list(OWN)
    if LIST.exists():
        found += [one["payload"] for one in json.loads(LIST.read_text())]
    return [text for text in found if text.strip() and "\0" not in text and len(text) < 5_000]
