"""The house is in order: rooms look only down, doors are kept, nothing reaches a person but through the one rule.

The rules stand in tools/house.py and in pyproject.toml; each is also shown a planted fault, so that a rule that has
gone blind is noticed here and not in the newspaper.
"""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template

from core import events
from core.content import Content, kinds
from tools import house, lock

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = PROJECT["tool"]["importlinter"]["root_packages"]


# --- Rooms look only down. ---


def test_every_room_keeps_the_import_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    from importlinter.application import use_cases
    from importlinter.configuration import configure

    configure()
    kept = use_cases.lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None, no_logo=True)
    assert kept, capsys.readouterr().out


def test_every_room_is_under_contract() -> None:
    found = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert found == set(ROOMS) == {name for name in settings.INSTALLED_APPS if (ROOT / name).is_dir()}


#: A line that breaks each contract, and the file it is planted in.
PLANTED_IMPORTS = {
    "storeys": ("core/models.py", "import feed.models"),
    "inside": ("feed/models.py", "import feed.views"),
    "door-notifications": ("feed/views.py", "import notifications"),
    "door-push": ("people/actions.py", "import py_vapid"),
    "door-search": ("feed/search_indexes.py", "from haystack import indexes"),
    "door-wagtail": ("people/views.py", "from wagtail.models import Page"),
    "door-allauth": ("social/urls.py", "import allauth.account"),
    "door-channels": ("inbox/live.py", "from channels.layers import get_channel_layer"),
    "door-ninja": ("feed/views.py", "import ninja"),
    "door-outside": ("feed/views.py", "import urllib3"),
    "door-bucket": ("feed/views.py", "import boto3"),
    "door-richtext": ("feed/actions.py", "import nh3"),
    "door-calendars": ("integrations/views.py", "import icalendar"),
}


def test_every_contract_has_a_planted_fault() -> None:
    assert set(PLANTED_IMPORTS) == {contract["id"] for contract in PROJECT["tool"]["importlinter"]["contracts"]}


def test_an_empty_house_keeps_every_contract(tmp_path: Path) -> None:
    assert broken_contracts(tmp_path, {}) == set()


def test_a_planted_import_breaks_its_contract(tmp_path: Path) -> None:
    assert broken_contracts(tmp_path, PLANTED_IMPORTS) == set(PLANTED_IMPORTS)


def test_neighbours_may_not_import_each_other(tmp_path: Path) -> None:
    assert broken_contracts(tmp_path, {"storeys": ("feed/views.py", "import knowledge.models")}) == {"storeys"}


def broken_contracts(tmp_path: Path, planted: dict[str, tuple[str, str]]) -> set[str]:
    """The ids of the contracts that a house of empty rooms with these lines breaks."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
        for name in ("__init__", "models", "actions", "views", "urls"):
            (tmp_path / room / f"{name}.py").touch()
    # Each library comes in by its own door, so that the contracts know it.
    for contract in PROJECT["tool"]["importlinter"]["contracts"]:
        for library in contract.get("protected_modules", ()):
            with (tmp_path / contract["allowed_importers"][0] / "models.py").open("a") as opened:
                opened.write(f"import {library}\n")
    for file, line in planted.values():
        with (tmp_path / file).open("a") as opened:
            opened.write(f"{line}\n")
    # The named exceptions of the real rooms have no place among empty ones.
    exceptions = re.compile(r"^ignore_imports = \[.*?^\]\n", re.MULTILINE | re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(exceptions.sub("", read("pyproject.toml")))
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ".", "COLUMNS": "250"},
    )
    names = {contract["name"]: contract["id"] for contract in PROJECT["tool"]["importlinter"]["contracts"]}
    result = {names[name] for name in names if re.search(rf"^{re.escape(name)}\s+BROKEN", done.stdout, re.MULTILINE)}
    assert result or done.returncode == 0, done.stdout + done.stderr
    return result


# --- What reaches a person asks the one rule first. ---


def is_content(thing: Any) -> bool:
    """Whether an object is a content model."""
    return isinstance(thing, type) and issubclass(thing, Content)


def accessors() -> set[str]:
    """Names of reverse relations that lead to content and to nothing else: `posts` in `group.posts`."""
    leading: dict[bool, set[str]] = {True: set(), False: set()}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.is_relation and not field.auto_created and field.remote_field is not None:
                leading[is_content(model)].add(field.remote_field.get_accessor_name() or "")
    return leading[True] - leading[False]


#: Ways to content that do not ask the one rule, each with its reason. One that is no longer there is an error too.
KNOWN_WAYS = {
    ("core/live.py", "get_user_model()._default_manager"): "reads the person's own row anew before each answer",
    (
        "knowledge/views.py",
        "get_object_or_404(Page)",
    ): "inside Wagtail's desk this manager holds only the editor's own pages",
}


def test_no_surface_reaches_content_but_through_the_one_rule() -> None:
    found = accessors()
    faults = [
        fault
        for file, text in python_files()
        if house.SURFACES.search(file)
        for fault in house.leaks(text, file, content=is_content, accessors=found, module=dotted(file))
    ]
    known = {(fault.file, fault.what.partition(" must ")[0]): fault for fault in faults}
    assert not (new := [fault for key, fault in known.items() if key not in KNOWN_WAYS]), told(new)
    assert set(KNOWN_WAYS) <= set(known)


def test_no_template_fetches_content() -> None:
    found = accessors()
    assert not (
        faults := [fault for file, text in templates() for fault in house.template_leaks(text, file, accessors=found)]
    ), told(faults)


def test_the_leak_lint_knows_every_kind_of_content() -> None:
    assert {"feed.post", "files.file"} <= {model.kind for model in kinds()}
    assert all(is_content(model) for model in kinds())


@pytest.mark.parametrize(
    "line",
    [
        "Post.objects.all()",
        "Post.objects.filter(pk=1).visible_to(user)",
        "Post._base_manager.get(pk=1)",
        "models.Post.objects.get(pk=1)",
        "get_object_or_404(Post, pk=1)",
        "get_object_or_404(klass=Post, pk=1)",
        "group.posts.order_by('-pk')",
        "model.objects.filter(pk=1)",
        "count = Post.objects",
    ],
)
def test_the_leak_lint_catches(line: str) -> None:
    assert len(list(leaks_in(line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "Post.objects.visible_to(user).filter(pk=1)",
        "get_object_or_404(Post.objects.visible_to(user), pk=1)",
        "Post.objects.shells_visible_to(user)",
        "model.objects.visible_to(user)",
        "group.posts.visible_to(user).count()",
        "Access.objects.filter(pk=1)",
        "title = Post.kind",
        "options.get('posts')",
    ],
)
def test_the_leak_lint_leaves_alone(line: str) -> None:
    assert list(leaks_in(line)) == []


def test_the_template_lint_catches_a_planted_fault() -> None:
    text = "{% for post in group.posts.all %}{% endfor %}"
    assert [fault.line for fault in house.template_leaks(text, "x.html", accessors={"posts"})] == [1]
    assert not list(
        house.template_leaks("{% for post in page.items %}{{ counts.posts }}", "x.html", accessors={"posts"})
    )


def leaks_in(line: str) -> Iterator[house.Fault]:
    """What the leak lint says of one line in a view."""
    text = f"from feed import models\nfrom feed.models import Post\nfrom core.models import Access\n{line}\n"
    return house.leaks(text, "feed/views.py", content=is_content, accessors={"posts"})


@pytest.mark.parametrize(
    ("file", "is_surface"),
    [
        ("feed/views.py", True),
        ("feed/views/posts.py", True),
        ("core/live.py", True),
        ("feed/templatetags/feed.py", True),
        ("integrations/api/posts.py", True),
        ("social/shell.py", True),
        ("feed/actions.py", False),
        ("feed/reviews.py", False),
    ],
)
def test_the_leak_lint_looks_at_every_surface(file: str, is_surface: bool) -> None:
    assert bool(house.SURFACES.search(file)) == is_surface


# --- Events. ---


#: Files that record events though they are no actions.py, each with its reason.
RECORDERS = {
    "integrations/moving/write.py": "an import is one act over thousands of rows, in bulk and quiet",
    "feed/receivers.py": "a mention that opens is itself something that happened, caused by another event",
}


def test_every_verb_is_declared_and_recorded_by_an_action() -> None:
    faults = [
        fault
        for file, text in python_files()
        if not file.startswith(("core/", "inbox/registry"))
        and re.search(r"core(\.| import )events|inbox.*registry", text)
        for fault in house.verbs(text, file, declared=set(events.VERBS), module=dotted(file), records=file in RECORDERS)
    ]
    assert not faults, told(faults)


def test_everyone_listens_to_verbs_that_are_declared() -> None:
    assert events.subscriptions() <= set(events.VERBS)


def test_a_verb_is_room_noun_pasttense_and_belongs_to_a_room() -> None:
    for verb, meaning in events.VERBS.items():
        assert re.fullmatch(r"[a-z]+(\.[a-z_]+){2}", verb), verb
        assert verb.partition(".")[0] in ROOMS, verb
        assert len(meaning.split()) >= 3, f"{verb} needs a plain sentence"


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("feed/actions.py", "record('feed.post.pubished', actor=None)"),
        ("feed/actions.py", "record(f'feed.post.{what}', actor=None)"),
        ("feed/views.py", "record('feed.post.published', actor=None)"),
        ("feed/actions.py", "verb = 'feed.post.vanished' if late else 'feed.post.published'\nrecord(verb, actor=None)"),
        ("inbox/receivers.py", "later('feed.post.vanished')(print)"),
        ("feed/notices.py", "from inbox import registry\nregistry.tells('feed.post.vanished')(print)"),
    ],
)
def test_the_verb_lint_catches(file: str, line: str) -> None:
    text = f"from core.events import later, record\n{line}\n"
    assert len(list(house.verbs(text, file, declared={"feed.post.published"}))) == 1


def test_the_verb_lint_leaves_a_declared_verb_alone() -> None:
    text = "from core import events\nevents.record('feed.post.published', actor=None)\nlisten = print\nlisten('x')\n"
    assert list(house.verbs(text, "feed/actions.py", declared={"feed.post.published"})) == []


# --- Plates, names, signatures, words above fields. ---


def test_every_room_has_its_plate() -> None:
    assert not (
        faults := [fault for room in ROOMS for fault in house.plate(read(f"{room}/__init__.py"), f"{room}/__init__.py")]
    ), told(faults)


def test_no_module_has_an_empty_name() -> None:
    assert not (faults := [fault for file, _text in python_files() for fault in house.empty_names(file)]), told(faults)


def test_actions_are_called_by_name_and_say_what_they_do() -> None:
    faults = [
        fault
        for file, text in python_files()
        if re.search(r"/actions(\.py$|/)", file)
        for fault in house.positional(text, file)
    ]
    assert not faults, told(faults)


def test_every_field_of_a_model_says_what_it_means() -> None:
    faults = [
        fault
        for file, text in python_files()
        if re.search(r"/models(\.py$|/)", file)
        for fault in house.unexplained_fields(text, file)
    ]
    assert not faults, told(faults)


def test_the_lints_of_form_catch_planted_faults() -> None:
    assert len(list(house.plate('"""A room.\n\nowns  · things\n"""', "x/__init__.py"))) == 2
    assert len(list(house.empty_names("feed/utils.py"))) == len(list(house.empty_names("feed/helpers/text.py"))) == 1
    assert len(list(house.positional("def publish(author, body, group): 'Publish.'", "feed/actions.py"))) == 1
    assert len(list(house.positional("def publish(*, body): ...", "feed/actions.py"))) == 1
    assert len(list(house.unexplained_fields("class A:\n    x = models.TextField()\n", "x.py"))) == 1
    assert not list(house.unexplained_fields("class A:\n    # What it is.\n    x = models.TextField()\n", "x.py"))


# --- HTML. ---

#: The files that may declare a text to be safe HTML: they hand on what the sanitiser or our own templates made.
SANITISERS = re.compile(
    r"^(core/(richtext|markup|drawn|templatetags/\w+)|feed/(cards|composing|templatetags/feed)|knowledge/drawing"
    r"|search/(snippets|drawing))\.py$"
)


def test_only_the_sanitisers_room_declares_html_safe() -> None:
    faults = [
        fault for file, text in python_files() if not SANITISERS.match(file) for fault in house.trusted_html(text, file)
    ]
    assert not faults, told(faults)


#: The files that may speak SQL: kept statements and rows in bulk, whose callers write what follows, and the health of
#: the database.
SPEAKERS = re.compile(r"^(core/(prepared|bulk)|social/(views|management/commands/doctor))\.py$")


def test_rows_go_through_the_orm_so_that_what_hangs_on_them_follows() -> None:
    faults = [
        fault
        for file, text in python_files()
        if not SPEAKERS.match(file) and "/migrations/" not in file
        for fault in house.raw_sql(text, file)
    ]
    assert not faults, told(faults)
    assert len(list(house.raw_sql("Membership.objects.filter(pk=1)._raw_delete('x')", "groups/actions.py"))) == 1


def test_templates_fit_the_content_security_policy_and_say_what_they_need() -> None:
    assert not (faults := [fault for file, text in templates() for fault in house.template_form(text, file)]), told(
        faults
    )


def test_every_template_can_be_read() -> None:
    for file, _text in templates():
        get_template(file.removeprefix("templates/"))


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        '<a\n  onclick="x()">',
        "<script>x()</script>",
        "<style>p {}</style>",
        '<a href="javascript:x()">',
        "{{ post.body|safe }}",
        "{% autoescape off %}",
    ],
)
def test_the_template_lint_catches(text: str) -> None:
    assert len(list(house.template_form(text, "templates/feed/page.html"))) == 1
    assert not list(house.template_form(f"{{# {text} #}}", "templates/feed/page.html"))


def test_a_column_of_sanitised_html_may_be_shown() -> None:
    assert not list(house.template_form("{{ post.html|safe }}{{ person.bio_html|safe }}", "templates/feed/page.html"))


def test_a_comparison_inside_a_tag_is_no_handler() -> None:
    assert not list(house.template_form("<option{% if one == two %} selected{% endif %}>", "templates/feed/page.html"))


def test_a_fragment_without_a_first_line_comment_is_caught() -> None:
    assert len(list(house.template_form("<article></article>", "templates/feed/_post.html"))) == 1
    assert not list(house.template_form("{# post: the post #}\n<article></article>", "templates/feed/_post.html"))


def test_planted_trusted_html_is_caught() -> None:
    assert len(list(house.trusted_html("safestring.mark_safe(body)", "feed/views.py"))) == 1


# --- Wagtail's page models belong to knowledge. ---


def test_only_knowledge_speaks_to_page_models() -> None:
    faults = [
        fault
        for file, text in python_files()
        if not file.startswith(("knowledge/", "social/"))
        for fault in house.page_models(text, file)
    ]
    assert not faults, told(faults)


def test_a_planted_page_model_is_caught() -> None:
    assert len(list(house.page_models("from wagtail.models import Page", "people/admin.py"))) == 1
    assert len(list(house.page_models("from wagtail.images import get_image_model", "people/admin.py"))) == 1
    assert not list(
        house.page_models("from wagtail import hooks\nfrom wagtail.admin.panels import FieldPanel", "people/admin.py")
    )


# --- What we depend on. ---


def test_every_library_we_import_is_named_in_the_project() -> None:
    faults = []
    extras = PROJECT["project"]["optional-dependencies"]
    names = [*PROJECT["project"]["dependencies"], *extras["scale"]]
    owners = importlib.metadata.packages_distributions()
    declared = {
        package
        for package, owner in owners.items()
        if {normal(name) for name in owner} & {normal(name) for name in names}
    }
    # Those of the bucket are not here for `make test`; they are imported under their names.
    declared |= {normal(name) for name in extras["s3"]}
    ours = {*ROOMS, *sys.stdlib_module_names, "tests", "tools"}
    for file, text in python_files():
        faults += house.undeclared(text, file, ours=ours, declared=declared)
    assert not faults, told(faults)


def test_a_planted_import_of_an_unnamed_library_is_caught() -> None:
    text = "import os\nimport lodash\nfrom django.db import models\n"
    assert [fault.line for fault in house.undeclared(text, "feed/views.py", ours={"os"}, declared={"django"})] == [2]


def test_every_dependency_says_why_it_is_there() -> None:
    text = read("pyproject.toml")
    extras = PROJECT["project"]["optional-dependencies"]
    for name in [*PROJECT["project"]["dependencies"], *chain.from_iterable(extras.values())]:
        assert re.search(rf'^    "{re.escape(name)}", *# \S+ \S+', text, re.MULTILINE), (
            f"{name} has no reason beside it"
        )


@pytest.mark.parametrize("name", lock.LAYERS)
def test_a_lock_pins_every_package_by_hash_and_names_no_place(name: str) -> None:
    text = read(f"requirements/{name}.lock")
    assert lock.hosts(text) == []
    pins = re.findall(r"^([a-z0-9_.-]+)==\S+.*\\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z]", text, re.MULTILINE)) > 0


def test_the_locks_agree_and_hold_everything_the_project_names() -> None:
    versions: dict[str, set[str]] = {}
    for name in lock.LAYERS:
        for package, version in re.findall(
            r"^([a-z0-9_.-]+)==([^ \\;]+)", read(f"requirements/{name}.lock"), re.MULTILINE
        ):
            versions.setdefault(normal(package), set()).add(version)
    assert not {package: found for package, found in versions.items() if len(found) > 1}
    extras = PROJECT["project"]["optional-dependencies"]
    for name in [*PROJECT["project"]["dependencies"], *chain.from_iterable(extras.values())]:
        assert normal(name) in versions, f"{name}: run `make lock`"


@pytest.mark.parametrize(
    "line",
    [
        "--index-url=x",
        "-i https://packages.example",
        "--extra-index-url x",
        "--find-links /wheels",
        "nh3 @ file:///x",
        "--trusted-host x",
    ],
)
def test_a_place_in_a_lock_is_caught(line: str) -> None:
    assert len(lock.hosts(f"django==5.2 \\\n    # via kring\n{line}\n")) == 1


def test_every_app_of_ours_has_its_migrations() -> None:
    for config in apps.get_app_configs():
        if config.name in ROOMS and list(config.get_models()):
            assert list((ROOT / config.name / "migrations").glob("0001_*.py")), config.name


# --- Reading the tree. ---


def python_files() -> Iterator[tuple[str, str]]:
    """Every Python file of the rooms but migrations: its path and its text."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def templates() -> Iterator[tuple[str, str]]:
    """Every template: its path and its text."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def read(file: str) -> str:
    """A file of the project."""
    return (ROOT / file).read_text(encoding="utf-8")


def dotted(file: str) -> str:
    """The module that a file is."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def normal(requirement: str) -> str:
    """The name of a distribution, as packagers compare names."""
    found = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def told(faults: list[house.Fault]) -> str:
    """The faults, a line each."""
    return "\n".join(["", *map(str, faults)])
