import django.db.models.deletion
import lms.append_only
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('courses', '0001_initial'),
        ('exams', '0001_initial'),
        ('users', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='LogState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='SerialCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(unique=True)),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='TreeHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.PositiveBigIntegerField(db_index=True, editable=False, verbose_name='条数')),
                ('root', models.CharField(editable=False, max_length=64, verbose_name='根哈希')),
                ('note', models.TextField(editable=False, verbose_name='签名文本')),
                ('signed_at', models.DateTimeField(editable=False, unique=True, verbose_name='签名时间')),
            ],
            options={
                'verbose_name': '日志树头',
                'verbose_name_plural': '日志树头',
            },
        ),
        migrations.CreateModel(
            name='CertificateTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(editable=False, unique=True, verbose_name='版本')),
                ('name', models.CharField(max_length=60, verbose_name='说明')),
                ('title', models.CharField(max_length=60, verbose_name='证书名称')),
                ('statement', models.TextField(max_length=300, verbose_name='正文')),
                ('blocks', models.JSONField(default=list, verbose_name='附加文字')),
                ('places', models.JSONField(default=dict, verbose_name='各部分的位置')),
                ('seal', models.JSONField(default=dict, verbose_name='印章')),
                ('seal_png', models.BinaryField(default=bytes)),
                ('signature', models.JSONField(default=dict, verbose_name='签名')),
                ('signature_png', models.BinaryField(default=bytes)),
                ('has_photo_frame', models.BooleanField(default=False, verbose_name='留出粘贴照片的方框')),
                ('sha256', models.CharField(editable=False, max_length=64, verbose_name='内容的 SHA-256')),
                ('is_current', models.BooleanField(default=False, verbose_name='使用中')),
                ('created_at', models.DateTimeField(verbose_name='保存时间')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='保存人')),
            ],
            options={
                'verbose_name': '证书模板',
                'verbose_name_plural': '证书模板',
                'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('is_current',), name='certificate_template_one_current')],
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(choices=[('EXAM', '考试合格'), ('CORRECTION', '更正后换发'), ('RENEWAL', '续期')], default='EXAM', editable=False, max_length=10, verbose_name='由来')),
                ('number', models.CharField(editable=False, max_length=30, unique=True, verbose_name='证书编号')),
                ('serial', models.CharField(blank=True, editable=False, max_length=11, verbose_name='顺序号')),
                ('status_bit', models.PositiveIntegerField(editable=False, unique=True, verbose_name='状态表里的位置')),
                ('status', models.CharField(choices=[('VALID', '有效'), ('SUSPENDED', '暂停'), ('REVOKED', '撤销'), ('WITHDRAWN', '注销'), ('REPLACED', '已被新证替代')], default='VALID', editable=False, max_length=10, verbose_name='登记状态')),
                ('title', models.CharField(editable=False, max_length=100, verbose_name='证书名称')),
                ('holder_name', models.CharField(editable=False, max_length=50, verbose_name='姓名')),
                ('holder_id_masked', models.CharField(editable=False, max_length=18, verbose_name='证件号')),
                ('course_title', models.CharField(editable=False, max_length=255, verbose_name='课程')),
                ('course_revision', models.CharField(editable=False, max_length=40, verbose_name='课程版本')),
                ('study_hours', models.PositiveSmallIntegerField(editable=False, verbose_name='学时')),
                ('exam_title', models.CharField(editable=False, max_length=100, verbose_name='考试')),
                ('points_centi', models.PositiveIntegerField(editable=False, verbose_name='成绩（百分之一分）')),
                ('total_centi', models.PositiveIntegerField(editable=False, verbose_name='满分（百分之一分）')),
                ('standard', models.CharField(editable=False, max_length=100, verbose_name='培训依据')),
                ('issuer', models.CharField(editable=False, max_length=100, verbose_name='发证机构')),
                ('issued_date', models.DateField(editable=False, verbose_name='发证日期')),
                ('valid_until', models.DateField(editable=False, verbose_name='有效期至')),
                ('issued_at', models.DateTimeField(editable=False, verbose_name='签发时间')),
                ('attempt', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='certificates', related_query_name='certificate', to='exams.attempt', verbose_name='考试记录')),
                ('holder', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='certificates', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
                ('predecessor', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successor', to='certificates.certificate', verbose_name='前一张证书')),
                ('template', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='certificates.certificatetemplate', verbose_name='模板版本')),
            ],
            options={
                'verbose_name': '证书',
                'verbose_name_plural': '证书',
                'indexes': [models.Index(fields=['holder', '-issued_at'], name='certificate_mine'), models.Index(fields=['-issued_at'], name='certificate_newest'), models.Index(condition=models.Q(('status', 'VALID')), fields=['valid_until'], name='certificate_runs_out')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__gte', models.F('issued_date'))), name='certificate_dates_in_order'), models.CheckConstraint(condition=models.Q(('points_centi__lte', models.F('total_centi'))), name='certificate_points_within_total'), models.UniqueConstraint(condition=models.Q(('origin', 'CORRECTION'), _negated=True), fields=('attempt',), name='certificate_one_issue_per_attempt'), models.UniqueConstraint(condition=models.Q(('serial', ''), _negated=True), fields=('serial',), name='certificate_serial_once'), models.CheckConstraint(condition=models.Q(models.Q(('origin', 'EXAM'), ('predecessor', None)), models.Q(models.Q(('origin', 'EXAM'), _negated=True), ('predecessor__isnull', False)), _connector='OR'), name='certificate_origin_means_predecessor')],
            },
        ),
        migrations.CreateModel(
            name='ExpiryReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days_ahead', models.PositiveSmallIntegerField()),
                ('queued_at', models.DateTimeField()),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='certificates.certificate')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('certificate', 'days_ahead'), name='expiry_reminder_once')],
            },
        ),
        migrations.CreateModel(
            name='IssueBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approved_at', models.DateTimeField(verbose_name='同意时间')),
                ('total', models.PositiveIntegerField(verbose_name='份数')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='办完时间')),
                ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='同意人')),
            ],
            options={
                'verbose_name': '签发批次',
                'verbose_name_plural': '签发批次',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='IssueItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('WAITING', '等待签发'), ('ISSUED', '已签发'), ('REFUSED', '没有签发')], default='WAITING', max_length=10, verbose_name='结果')),
                ('refusal', models.CharField(blank=True, max_length=300, verbose_name='原因')),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issue_items', to='exams.attempt')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='certificates.issuebatch')),
                ('certificate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='certificates.certificate')),
            ],
            options={
                'indexes': [models.Index(fields=['batch', 'status'], name='issue_item_progress')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'WAITING')), fields=('attempt',), name='issue_item_waits_once'), models.CheckConstraint(condition=models.Q(models.Q(('certificate__isnull', False), ('status', 'ISSUED')), models.Q(models.Q(('status', 'ISSUED'), _negated=True), ('certificate', None)), _connector='OR'), name='issue_item_issued_means_certificate')],
            },
        ),
        migrations.CreateModel(
            name='KeptCertificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
                ('kept_at', models.DateTimeField(verbose_name='时间')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kept_after', to='certificates.certificate', verbose_name='证书')),
                ('kept_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='经办人')),
                ('marking', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exams.marking', verbose_name='评分记录')),
            ],
            options={
                'verbose_name': '成绩更正后维持的证书',
                'verbose_name_plural': '成绩更正后维持的证书',
                'constraints': [models.UniqueConstraint(fields=('certificate', 'marking'), name='kept_certificate_once_per_marking')],
            },
        ),
        migrations.CreateModel(
            name='LogNode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(editable=False)),
                ('index', models.PositiveBigIntegerField(editable=False)),
                ('hash', models.CharField(editable=False, max_length=64)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('level', 'index'), name='log_node_once')],
            },
        ),
        migrations.CreateModel(
            name='Petition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('CORRECTION', '更正姓名'), ('APPEAL', '申诉')], max_length=10, verbose_name='事项')),
                ('status', models.CharField(choices=[('OPEN', '处理中'), ('GRANTED', '已同意'), ('REFUSED', '未同意'), ('CANCELLED', '已撤回')], default='OPEN', max_length=10, verbose_name='状态')),
                ('wished_name', models.CharField(blank=True, max_length=50, verbose_name='正确的姓名')),
                ('text', models.TextField(max_length=1000, verbose_name='说明')),
                ('filed_at', models.DateTimeField(verbose_name='提出时间')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='petitions', to='certificates.certificate', verbose_name='证书')),
            ],
            options={
                'verbose_name': '更正与申诉',
                'verbose_name_plural': '更正与申诉',
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'OPEN')), fields=('certificate', 'kind'), name='petition_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'CORRECTION'), models.Q(('wished_name', ''), _negated=True)), models.Q(('kind', 'APPEAL'), ('wished_name', '')), _connector='OR'), name='petition_correction_means_name')],
            },
        ),
        migrations.CreateModel(
            name='PetitionStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('FILED', '提出'), ('NOTED', '处理意见'), ('GRANTED', '同意'), ('REFUSED', '不同意'), ('CANCELLED', '撤回')], max_length=10, verbose_name='动作')),
                ('text', models.TextField(blank=True, verbose_name='内容')),
                ('done_at', models.DateTimeField(verbose_name='时间')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('petition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='certificates.petition')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PublicChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shows_full_name', models.BooleanField(default=False, verbose_name='公开全名')),
                ('shows_score', models.BooleanField(default=True, verbose_name='公开成绩')),
                ('chosen_at', models.DateTimeField(verbose_name='选择时间')),
                ('certificate', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='public_choice', to='certificates.certificate')),
            ],
        ),
        migrations.CreateModel(
            name='PublicKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('DOCUMENT', 'PDF 签名'), ('CREDENTIAL', '数字凭证签名'), ('LOG', '公开日志签名')], editable=False, max_length=10, verbose_name='用途')),
                ('fingerprint', models.CharField(editable=False, max_length=64, verbose_name='指纹（SHA-256）')),
                ('public', models.TextField(editable=False, verbose_name='公开部分')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='演示')),
                ('first_used_at', models.DateTimeField(editable=False, verbose_name='首次使用')),
            ],
            options={
                'verbose_name': '签名公钥',
                'verbose_name_plural': '签名公钥',
                'constraints': [models.UniqueConstraint(fields=('kind', 'fingerprint'), name='public_key_once')],
            },
        ),
        migrations.CreateModel(
            name='RevocationRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason_class', models.CharField(choices=[('PASSED', '考试合格'), ('INVESTIGATION', '核查中'), ('MISCONDUCT', '考试违纪'), ('RESULT', '成绩更正'), ('ISSUER_ERROR', '签发差错'), ('HOLDER', '持证人申请'), ('CORRECTION', '信息更正'), ('APPEAL', '申诉成立'), ('OTHER', '其他')], max_length=15, verbose_name='原因类别')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('status', models.CharField(choices=[('OPEN', '待复核'), ('APPROVED', '已撤销'), ('REJECTED', '未同意')], default='OPEN', max_length=10, verbose_name='状态')),
                ('requested_at', models.DateTimeField(verbose_name='提出时间')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='复核时间')),
                ('decision', models.CharField(blank=True, max_length=200, verbose_name='复核意见')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revocation_requests', to='certificates.certificate', verbose_name='证书')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='复核人')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人')),
            ],
            options={
                'verbose_name': '撤销申请',
                'verbose_name_plural': '撤销申请',
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'OPEN')), fields=('certificate',), name='revocation_one_open'), models.CheckConstraint(condition=models.Q(('decided_by', models.F('requested_by')), _negated=True), name='revocation_by_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('status', 'OPEN')), models.Q(models.Q(('status', 'OPEN'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='revocation_decided_means_time')],
            },
        ),
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(editable=False, max_length=43, unique=True)),
                ('created_at', models.DateTimeField(verbose_name='建立时间')),
                ('withdrawn_at', models.DateTimeField(null=True, verbose_name='收回时间')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='share_links', to='certificates.certificate')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('certificate',), name='share_link_one_standing')],
            },
        ),
        migrations.CreateModel(
            name='SignedDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(editable=False, max_length=200, upload_to='', verbose_name='文件')),
                ('sha256', models.CharField(editable=False, max_length=64, unique=True, verbose_name='SHA-256')),
                ('signed_at', models.DateTimeField(editable=False, verbose_name='签名时间')),
                ('certificate', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='document', to='certificates.certificate', verbose_name='证书')),
                ('key', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, to='certificates.publickey', verbose_name='签名公钥')),
            ],
            options={
                'verbose_name': '已签名的 PDF',
                'verbose_name_plural': '已签名的 PDF',
            },
        ),
        migrations.CreateModel(
            name='StatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_status', models.CharField(blank=True, choices=[('VALID', '有效'), ('SUSPENDED', '暂停'), ('REVOKED', '撤销'), ('WITHDRAWN', '注销'), ('REPLACED', '已被新证替代')], max_length=10, verbose_name='原状态')),
                ('to_status', models.CharField(choices=[('VALID', '有效'), ('SUSPENDED', '暂停'), ('REVOKED', '撤销'), ('WITHDRAWN', '注销'), ('REPLACED', '已被新证替代')], max_length=10, verbose_name='新状态')),
                ('reason_class', models.CharField(choices=[('PASSED', '考试合格'), ('INVESTIGATION', '核查中'), ('MISCONDUCT', '考试违纪'), ('RESULT', '成绩更正'), ('ISSUER_ERROR', '签发差错'), ('HOLDER', '持证人申请'), ('CORRECTION', '信息更正'), ('APPEAL', '申诉成立'), ('OTHER', '其他')], default='OTHER', max_length=15, verbose_name='原因类别')),
                ('reason', models.CharField(max_length=200, verbose_name='原因')),
                ('changed_at', models.DateTimeField(verbose_name='时间')),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='certificates.certificate')),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '证书状态变更',
                'verbose_name_plural': '证书状态变更',
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('from_status', models.F('to_status')), _negated=True)), name='status_change_with_reason')],
            },
        ),
        migrations.CreateModel(
            name='LogEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('data', models.TextField(editable=False, verbose_name='内容')),
                ('leaf', models.CharField(editable=False, max_length=64, unique=True, verbose_name='叶哈希')),
                ('position', models.PositiveBigIntegerField(editable=False, null=True, unique=True, verbose_name='序号')),
                ('sequenced_at', models.DateTimeField(editable=False, null=True, verbose_name='记入时间')),
                ('change', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='log_entry', to='certificates.statuschange')),
            ],
            options={
                'verbose_name': '公开日志',
                'verbose_name_plural': '公开日志',
                'indexes': [models.Index(condition=models.Q(('position', None)), fields=['id'], name='log_entry_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('position', None), ('sequenced_at', None)), models.Q(('position__isnull', False), ('sequenced_at__isnull', False)), _connector='OR'), name='log_entry_position_means_time')],
            },
        ),
        migrations.CreateModel(
            name='StudyProof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=20, unique=True, verbose_name='编号')),
                ('holder_name', models.CharField(max_length=50, verbose_name='姓名')),
                ('holder_id_masked', models.CharField(max_length=18, verbose_name='证件号')),
                ('course_title', models.CharField(max_length=255, verbose_name='课程')),
                ('rule_version', models.CharField(max_length=20, verbose_name='规则版本')),
                ('from_date', models.DateField(verbose_name='从')),
                ('to_date', models.DateField(verbose_name='到')),
                ('seconds', models.PositiveIntegerField(verbose_name='计入秒数')),
                ('days', models.PositiveIntegerField(verbose_name='学习天数')),
                ('lessons', models.JSONField(default=list)),
                ('pdf', models.CharField(editable=False, max_length=200)),
                ('pdf_sha256', models.CharField(max_length=64, unique=True, verbose_name='PDF 指纹')),
                ('made_at', models.DateTimeField(verbose_name='开具时间')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage', verbose_name='课程')),
                ('key', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='certificates.publickey')),
                ('learner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='study_proofs', to=settings.AUTH_USER_MODEL, verbose_name='学员')),
            ],
            options={
                'verbose_name': '学时证明',
                'verbose_name_plural': '学时证明',
                'indexes': [models.Index(fields=['learner', '-made_at'], name='study_proof_newest')],
                'constraints': [lms.append_only.AppendOnly(name='study_proof_append_only'), models.CheckConstraint(condition=models.Q(('from_date__lte', models.F('to_date')), ('seconds__gt', 0)), name='study_proof_says_something')],
            },
        ),
    ]
