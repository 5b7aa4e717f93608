from django.db import migrations, models


def name_who_reacted(apps, schema_editor):
    """Note on each post who reacted to it: how many people, and the last of them."""
    post_model, reactions = apps.get_model("feed", "Post"), apps.get_model("feed", "Reaction")
    people: dict[int, list[int]] = {}
    for post, person in reactions.objects.order_by("-pk").values_list("post_id", "person_id").iterator():
        those = people.setdefault(post, [])
        if person not in those:
            those.append(person)
    for post, those in people.items():
        post_model.objects.filter(pk=post).update(reactors={"count": len(those), "last": those[:LAST]})


#: How many of them a post names, as `feed.models.tally` does.
LAST = 5


class Migration(migrations.Migration):
    dependencies = [("feed", "0002_initial")]

    operations = [
        migrations.AddField(
            model_name="post",
            name="reactors",
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(name_who_reacted, migrations.RunPython.noop),
    ]
