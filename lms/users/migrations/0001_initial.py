import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(error_messages={'unique': '该邮箱已注册，请直接登录。'}, max_length=254, unique=True, verbose_name='电子邮箱')),
                ('name', models.CharField(blank=True, help_text='显示在页面上；证书用的是实名信息。', max_length=50, verbose_name='称呼')),
                ('is_staff', models.BooleanField(default=False, help_text='可以进入管理后台。', verbose_name='工作人员')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='注册时间')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': '用户',
                'verbose_name_plural': '用户',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique_any_case')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('TERMS', '用户协议与隐私政策'), ('IDENTITY', '处理证件号'), ('REMINDERS', '每周学习提醒邮件')], max_length=20, verbose_name='用途')),
                ('version', models.CharField(max_length=20, verbose_name='文本版本')),
                ('given_at', models.DateTimeField(verbose_name='同意时间')),
                ('ip', models.GenericIPAddressField(null=True, verbose_name='IP')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='撤回时间')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '同意记录',
                'verbose_name_plural': '同意记录',
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('user', 'purpose', 'version'), name='consent_one_standing_per_version')],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('real_name', models.CharField(max_length=50, verbose_name='真实姓名')),
                ('number_cipher', models.TextField(editable=False)),
                ('number_digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('number_masked', models.CharField(editable=False, max_length=18, verbose_name='证件号')),
                ('updated_at', models.DateTimeField(verbose_name='更新时间')),
                ('locked_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='锁定时间')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='identity', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '实名信息',
                'verbose_name_plural': '实名信息',
            },
        ),
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('to', models.TextField(verbose_name='收件人')),
                ('subject', models.TextField(verbose_name='主题')),
                ('message_cipher', models.TextField(editable=False)),
                ('status', models.CharField(choices=[('WAITING', '等待发送'), ('SENT', '已发出'), ('GIVEN_UP', '发送失败，不再重试')], default='WAITING', max_length=10, verbose_name='状态')),
                ('queued_at', models.DateTimeField(verbose_name='进入队列时间')),
                ('next_try_at', models.DateTimeField(blank=True, null=True, verbose_name='下次尝试时间')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='发出时间')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='尝试次数')),
                ('last_error', models.TextField(blank=True, verbose_name='最近一次错误')),
            ],
            options={
                'verbose_name': '外发邮件',
                'verbose_name_plural': '外发邮件',
                'indexes': [models.Index(condition=models.Q(('status', 'WAITING')), fields=['next_try_at'], name='outgoing_mail_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('next_try_at__isnull', False), ('sent_at', None), ('status', 'WAITING')), models.Q(('next_try_at', None), ('sent_at__isnull', False), ('status', 'SENT')), models.Q(('next_try_at', None), ('sent_at', None), ('status', 'GIVEN_UP')), _connector='OR'), name='outgoing_mail_status_means_times')],
            },
        ),
    ]
