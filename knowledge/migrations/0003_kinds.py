"""The rest of the page, its kinds, and pictures and documents."""

import core.ids
import core.text
import django.db.models.deletion
import knowledge.models.media
import modelsearch.index
import taggit.managers
import uuid
import wagtail.fields
import wagtail.images.models
import wagtail.models.media
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0002_languages"),
        ("taggit", "0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        migrations.AlterField(model_name='page', name='translation_key', field=models.UUIDField(default=uuid.uuid4, editable=False)),
        migrations.AddField(model_name='page', name='latest_revision', field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='latest revision')),
        migrations.AddField(model_name='page', name='live_revision', field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='live revision')),
        migrations.AlterField(model_name='page', name='locale', field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.locale', verbose_name='locale')),
        migrations.AlterUniqueTogether(
            name='page',
            unique_together={('translation_key', 'locale')},
        ),
        migrations.CreateModel(
            name='Article',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('abstract', models.CharField(blank=True, help_text='Shown in lists and results.', max_length=300, validators=[core.text.Clean(multiline=True)], verbose_name='summary')),
                ('body', wagtail.fields.StreamField([('text', 0), ('picture', 3), ('document', 4), ('callout', 7), ('table', 11), ('quote', 14), ('code', 17)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h2', 'h3', 'bold', 'italic', 'strikethrough', 'code', 'ol', 'ul', 'hr', 'link', 'document-link'], 'icon': 'pilcrow', 'label': 'Text'}), 1: ('wagtail.images.blocks.ImageBlock', [], {'label': 'Picture'}), 2: ('wagtail.blocks.CharBlock', (), {'label': 'Caption', 'max_length': 250, 'required': False, 'validators': [core.text.Clean(multiline=False)]}), 3: ('wagtail.blocks.StructBlock', [[('image', 1), ('caption', 2)]], {}), 4: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Document'}), 5: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('info', 'Good to know'), ('ok', 'Tip'), ('warn', 'Careful')], 'label': 'Kind'}), 6: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'code', 'link'], 'label': 'Text'}), 7: ('wagtail.blocks.StructBlock', [[('tone', 5), ('text', 6)]], {}), 8: ('wagtail.blocks.CharBlock', (), {'label': 'Title', 'max_length': 160, 'required': False, 'validators': [core.text.Clean(multiline=False)]}), 9: ('wagtail.blocks.TextBlock', (), {'help_text': 'One row a line, cells parted by | or by tabs. Rows copied from a spreadsheet can be pasted.', 'label': 'Rows', 'max_length': 20000, 'rows': 6, 'validators': [core.text.Clean(multiline=True)]}), 10: ('wagtail.blocks.BooleanBlock', (), {'default': True, 'label': 'The first row names the columns', 'required': False}), 11: ('wagtail.blocks.StructBlock', [[('caption', 8), ('rows', 9), ('has_head', 10)]], {}), 12: ('wagtail.blocks.TextBlock', (), {'label': 'Quote', 'max_length': 2000, 'rows': 3, 'validators': [core.text.Clean(multiline=True)]}), 13: ('wagtail.blocks.CharBlock', (), {'label': 'Who said it', 'max_length': 120, 'required': False, 'validators': [core.text.Clean(multiline=False)]}), 14: ('wagtail.blocks.StructBlock', [[('text', 12), ('by', 13)]], {}), 15: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('', 'Plain text'), ('bash', 'Shell'), ('css', 'CSS'), ('go', 'Go'), ('html', 'HTML'), ('java', 'Java'), ('javascript', 'JavaScript'), ('json', 'JSON'), ('python', 'Python'), ('sql', 'SQL'), ('xml', 'XML'), ('yaml', 'YAML')], 'label': 'Language', 'required': False}), 16: ('wagtail.blocks.TextBlock', (), {'label': 'Code', 'max_length': 20000, 'rows': 8, 'validators': [core.text.Clean(multiline=True)]}), 17: ('wagtail.blocks.StructBlock', [[('language', 15), ('code', 16)]], {})}, verbose_name='text')),
            ],
            options={
                'verbose_name': 'article',
                'verbose_name_plural': 'articles',
            },
            bases=('knowledge.page',),
        ),
        migrations.CreateModel(
            name='KnowledgeIndex',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
            ],
            options={
                'verbose_name': 'knowledge',
                'verbose_name_plural': 'knowledge',
            },
            bases=('knowledge.page',),
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ('intro', models.CharField(blank=True, max_length=300, validators=[core.text.Clean(multiline=False)], verbose_name='introduction')),
            ],
            options={
                'verbose_name': 'section',
                'verbose_name_plural': 'sections',
            },
            bases=('knowledge.page',),
        ),
        migrations.CreateModel(
            name='Figure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=255, verbose_name='title')),
                ('file', wagtail.images.models.WagtailImageField(height_field='height', upload_to=wagtail.images.models.get_upload_to, verbose_name='file', width_field='width')),
                ('description', models.CharField(blank=True, default='', max_length=255, verbose_name='description')),
                ('width', models.IntegerField(editable=False, verbose_name='width')),
                ('height', models.IntegerField(editable=False, verbose_name='height')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='created at')),
                ('focal_point_x', models.PositiveIntegerField(blank=True, null=True)),
                ('focal_point_y', models.PositiveIntegerField(blank=True, null=True)),
                ('focal_point_width', models.PositiveIntegerField(blank=True, null=True)),
                ('focal_point_height', models.PositiveIntegerField(blank=True, null=True)),
                ('file_size', models.PositiveIntegerField(editable=False, null=True)),
                ('file_hash', models.CharField(blank=True, db_index=True, editable=False, max_length=40)),
                ('public_id', models.CharField(default=core.ids.new_id, editable=False, max_length=16, unique=True)),
                ('collection', models.ForeignKey(default=wagtail.models.media.get_root_collection_id, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.collection', verbose_name='collection')),
                ('tags', taggit.managers.TaggableManager(blank=True, help_text=None, through='taggit.TaggedItem', to='taggit.Tag', verbose_name='tags')),
                ('uploaded_by_user', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='uploaded by user')),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
                'permissions': [('choose_image', 'Can choose image')],
                'abstract': False,
            },
            bases=(knowledge.models.media.Medium, wagtail.images.models.ImageFileMixin, modelsearch.index.Indexed, models.Model),
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=255, verbose_name='title')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('file_size', models.PositiveBigIntegerField(editable=False, null=True)),
                ('file_hash', models.CharField(blank=True, editable=False, max_length=40)),
                ('file', models.FileField(upload_to=knowledge.models.media.place_paper, verbose_name='file')),
                ('public_id', models.CharField(default=core.ids.new_id, editable=False, max_length=16, unique=True)),
                ('name', models.CharField(blank=True, editable=False, max_length=200)),
                ('media_type', models.CharField(blank=True, editable=False, max_length=120)),
                ('collection', models.ForeignKey(default=wagtail.models.media.get_root_collection_id, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtailcore.collection', verbose_name='collection')),
                ('tags', taggit.managers.TaggableManager(blank=True, help_text=None, through='taggit.TaggedItem', to='taggit.Tag', verbose_name='tags')),
                ('uploaded_by_user', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='uploaded by user')),
            ],
            options={
                'verbose_name': 'document',
                'verbose_name_plural': 'documents',
                'permissions': [('choose_document', 'Can choose document')],
                'abstract': False,
            },
            bases=(knowledge.models.media.Medium, modelsearch.index.Indexed, models.Model),
        ),
        migrations.CreateModel(
            name='Rendition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('filter_spec', models.CharField(db_index=True, max_length=255)),
                ('file', wagtail.images.models.WagtailImageField(height_field='height', storage=wagtail.images.models.get_rendition_storage, upload_to=wagtail.images.models.get_rendition_upload_to, width_field='width')),
                ('width', models.IntegerField(editable=False)),
                ('height', models.IntegerField(editable=False)),
                ('focal_point_key', models.CharField(blank=True, default='', editable=False, max_length=16)),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='renditions', to='knowledge.figure')),
            ],
            bases=(wagtail.images.models.ImageFileMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Use',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('live', models.BooleanField(default=False)),
                ('figure', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='knowledge.figure')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to=settings.WAGTAIL_PAGE_MODEL)),
                ('paper', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='knowledge.paper')),
            ],
        ),
        migrations.AlterUniqueTogether(
            name='rendition',
            unique_together={('image', 'filter_spec', 'focal_point_key')},
        ),
        migrations.AddConstraint(
            model_name='use',
            constraint=models.UniqueConstraint(fields=('page', 'figure'), name='one_use_of_figure'),
        ),
        migrations.AddConstraint(
            model_name='use',
            constraint=models.UniqueConstraint(fields=('page', 'paper'), name='one_use_of_paper'),
        ),
        migrations.AddConstraint(
            model_name='use',
            constraint=models.CheckConstraint(condition=models.Q(('figure', None), ('paper', None), _connector='XOR'), name='use_of_one_thing'),
        ),
    ]
