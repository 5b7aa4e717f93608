"""The front of knowledge in place of Wagtail's welcome page, and none of Wagtail's own roles."""

from django.db import migrations


def plant(apps, schema_editor):
    Page = apps.get_model("knowledge", "Page")
    KnowledgeIndex = apps.get_model("knowledge", "KnowledgeIndex")
    Audience = apps.get_model("core", "Audience")
    ContentType = apps.get_model("contenttypes", "ContentType")
    Group = apps.get_model("auth", "Group")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    Task = apps.get_model("wagtailcore", "Task")
    everyone, _made = Audience.objects.get_or_create(kind="everyone", defaults={"open": True})
    kind, _made = ContentType.objects.get_or_create(app_label="knowledge", model="knowledgeindex")
    front = Page.objects.get(depth=2)
    front.title = front.draft_title = "Knowledge"
    front.slug = "knowledge"
    front.url_path = "/knowledge/"
    front.content_type = kind
    front.audience = everyone
    front.live = True
    front.save()
    index = KnowledgeIndex(page_ptr_id=front.pk)
    index.__dict__.update({name: value for name, value in front.__dict__.items() if not name.startswith("_")})
    index.save()
    # Who may do what follows from the roles of a person (knowledge.permissions), never from these.
    Workflow.objects.all().delete()
    Task.objects.all().delete()
    Group.objects.filter(name__in=["Editors", "Moderators"]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0003_kinds"),
        ("core", "0001_initial"),
        # These look the roles up by name, so they come first.
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailimages", "0023_add_choose_permissions"),
        ("wagtaildocs", "0011_add_choose_permissions"),
        ("wagtailsearch", "0007_delete_editorspick"),
    ]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
