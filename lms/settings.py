"""
The one settings file. Everything that differs between machines comes from the environment.

Two modes, one code path (docs/decisions/0001-two-run-modes.md). Without variables the *embedded* mode runs on a bare
machine: SQLite, files under `var/`, tasks in the calling process, a local Stripe double. `LMS_PRODUCTION=1` asks for
the real services; `lms/checks.py` refuses a half-configured production. docs/operations.md lists every variable.
"""

from pathlib import Path

import environ
import structlog
from csp.constants import NONE, SELF

from lms import local_secrets

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("LMS_DATA_DIR", default=str(BASE_DIR / "var")))

PRODUCTION = env.bool("LMS_PRODUCTION", default=False)
EMBEDDED = not PRODUCTION
DEBUG = False
local = local_secrets.load(DATA_DIR) if EMBEDDED else {}

# --- Who we are -----------------------------------------------------------------------------------------------------
SITE_NAME = "售后服务管理师 在线培训考试平台"
PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}" if EMBEDDED else "")
ISSUER_NAME = env.str("ISSUER_NAME", default="演示培训机构" if EMBEDDED else "")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="service@example.com" if EMBEDDED else "")
ICP_NUMBER = env.str("ICP_NUMBER", default="")  # 备案号, bottom of every page: docs/rules/compliance.md, rule C1
ICP_LICENCE = env.str("ICP_LICENCE", default="")
PUBLIC_SECURITY_NUMBER = env.str("PUBLIC_SECURITY_NUMBER", default="")

SECRET_KEY = env.str("SECRET_KEY", default=local.get("secret_key", ""))
# Fernet keys for identity data, newest first; older keys still decrypt.
DATA_KEYS = env.list("DATA_KEYS", default=[local["data_key"]] if EMBEDDED else [])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if EMBEDDED else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL] if SITE_URL else [])

# --- Applications: upper lines may import lower ones, see docs/architecture.md --------------------------------------
INSTALLED_APPS = [
    "lms.apps.LmsConfig",
    "lms.pages",
    "payments",
    "certificates",
    "certificates.staffing",
    "exams",
    "courses",
    "lms.users.apps.UsersConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "lms.users.apps.BackOfficeUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_structlog",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.forms",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "lms.middleware.NullPathMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.users.middleware.StaffTwoFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
FORM_RENDERER = "lms.forms.SiteFormRenderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Our templates come before the apps': allauth's pages are ours.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"lms": "lms.templatetags", "promises": "lms.pages.promises"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lms.context.site",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets readers go on while one writes; IMMEDIATE takes the write lock at BEGIN, where waiting is possible;
    # FULL makes each commit durable, which an acknowledged answer needs.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
    }
else:
    # While the database is away, requests are answered soon, not queued; and the pool's wait between two attempts,
    # which doubles each time, is given up before it grows: the next request begins anew.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL_SIZE", default=10),
            "timeout": 3,
            "reconnect_timeout": 3,
        },
    }

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:  # shared by the web and the sweep process of the embedded mode
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA_DIR / "cache"}
    }

MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_LINK_SECONDS = env.int("MEDIA_LINK_SECONDS", default=7200)  # syllabus.md Y21
VIDEO_STREAMS = env.bool("VIDEO_STREAMS", default=True)  # cut films into pieces where ffmpeg is there; syllabus.md Y29
MEDIA_ACCEL_PREFIX = env.str("MEDIA_ACCEL_PREFIX", default="")  # nginx's internal location; empty = Django sends files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
WHITENOISE_USE_FINDERS = EMBEDDED
if EMBEDDED:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # stays empty: files come from the finders, but it has to exist
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "lms.static_storage.HashedStaticFilesStorage"
    },
}
MEDIA_ORIGINS: list[str] = []  # where the object store sends files from, for the content security policy
if env.str("S3_BUCKET", default=""):
    host = env.str("S3_ENDPOINT_URL", default=f"https://s3.{env.str('S3_REGION', default='us-east-1')}.amazonaws.com")
    MEDIA_ORIGINS = [host.rstrip("/"), host.rstrip("/").replace("://", f"://{env.str('S3_BUCKET')}.", 1)]
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("S3_BUCKET"),
            "endpoint_url": env.str("S3_ENDPOINT_URL", default=None),
            "region_name": env.str("S3_REGION", default=None),
            "default_acl": "private",
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # Wagtail's page editor needs many

# --- Background work: one schedule for Celery beat and for `manage.py run_sweeps` -----------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "memory://")
CELERY_TASK_ALWAYS_EAGER = EMBEDDED
CELERY_TASK_EAGER_PROPAGATES = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}  # longer than the longest task
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE = {
    # seconds; every task may run twice or late, the rows say what is left to do
    "heartbeat": {"task": "lms.tasks.heartbeat", "schedule": 10},
    "close-overdue-attempts": {"task": "exams.tasks.close_overdue_attempts", "schedule": 5},
    "sweep-rechecks": {"task": "exams.tasks.sweep_rechecks", "schedule": 600},
    "publish-marked-attempts": {"task": "exams.tasks.publish_marked_attempts", "schedule": 5},
    "work-off-key-fixes": {"task": "exams.tasks.work_off_key_fixes", "schedule": 5},
    "compute-analyses": {"task": "exams.tasks.compute_analyses", "schedule": 5},
    "work-off-item-imports": {"task": "exams.tasks.work_off_imports", "schedule": 5},
    "issue-due-certificates": {"task": "certificates.tasks.issue_due_certificates", "schedule": 3},
    "sequence-certificate-log": {"task": "certificates.tasks.sequence_log", "schedule": 10},
    "sign-tree-head": {"task": "certificates.tasks.sign_tree_head", "schedule": 600},
    "send-expiry-reminders": {"task": "certificates.tasks.send_expiry_reminders", "schedule": 3600},
    "work-off-rosters": {"task": "certificates.staffing.tasks.work_off_rosters", "schedule": 5},
    "link-company-certificates": {"task": "certificates.staffing.tasks.link_certificates", "schedule": 60},
    "find-webhook-news": {"task": "certificates.staffing.tasks.find_webhook_news", "schedule": 10},
    "watch-coverage": {"task": "certificates.staffing.tasks.watch_coverage", "schedule": 30},
    "send-due-webhooks": {"task": "certificates.staffing.tasks.send_due_webhooks", "schedule": 15},
    "purge-webhooks": {"task": "certificates.staffing.tasks.purge_webhooks", "schedule": 24 * 3600},
    "warn-companies": {"task": "certificates.staffing.tasks.warn_companies", "schedule": 1800},
    "remind-learners": {"task": "courses.tasks.remind_learners", "schedule": 600},
    "work-off-course-packages": {"task": "courses.tasks.work_off_packages", "schedule": 5},
    "make-video-streams": {"task": "courses.tasks.make_streams", "schedule": 30},
    "drop-old-video-streams": {"task": "courses.tasks.drop_old_streams", "schedule": 24 * 3600},
    "expire-seats": {"task": "courses.tasks.expire_seats", "schedule": 600},
    "remind-of-expiring-seats": {"task": "courses.tasks.remind_of_expiring_seats", "schedule": 3600},
    "close-study-stretches": {"task": "courses.tasks.close_study_stretches", "schedule": 60},
    "handle-pending-events": {"task": "payments.tasks.handle_pending_events", "schedule": 20},
    "reconcile-orders": {"task": "payments.tasks.reconcile_orders", "schedule": 60},
    "send-due-refunds": {"task": "payments.tasks.send_due_refunds", "schedule": 30},
    "send-invoice-requests": {"task": "payments.tasks.send_invoice_requests", "schedule": 60},
    "reconcile-with-stripe": {"task": "payments.tasks.reconcile_with_stripe", "schedule": 3600},
    "remind-companies": {"task": "certificates.staffing.tasks.remind_companies", "schedule": 3600},
    "publish-scheduled-pages": {"task": "lms.tasks.publish_scheduled_pages", "schedule": 60},
    "send-pending-mail": {"task": "lms.users.tasks.send_pending_mail", "schedule": 15},
    "purge-mail": {"task": "lms.users.tasks.purge_mail", "schedule": 24 * 3600},
    "clear-sessions": {"task": "lms.tasks.clear_sessions", "schedule": 24 * 3600},
}

# --- People ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "learn"
ACCOUNT_ADAPTER = "lms.users.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "lms.users.forms.SignupForm"
ACCOUNT_FORMS = {
    "login": "lms.users.account_forms.LoginForm",
    "signup": "lms.users.account_forms.SignupForm",
    "add_email": "lms.users.account_forms.AddEmailForm",
    "change_password": "lms.users.account_forms.ChangePasswordForm",
    "set_password": "lms.users.account_forms.SetPasswordForm",
    "reauthenticate": "lms.users.account_forms.ReauthenticateForm",
    "reset_password": "lms.users.account_forms.ResetPasswordForm",
    "reset_password_from_key": "lms.users.account_forms.ResetPasswordKeyForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the browser that signed up
ACCOUNT_CHANGE_EMAIL = True  # one address an account: the old one stays until the new one is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_RATE_LIMITS = {"identity": "20/h/user"}  # the others are allauth's own defaults
# How many proxies in front of us may write X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=int(PRODUCTION))
ACCOUNT_EMAIL_SUBJECT_PREFIX = "【售后服务管理师】"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "lms.users.adapter.TwoFactorAdapter"
MFA_FORMS = {
    "authenticate": "lms.users.account_forms.AuthenticateForm",
    "reauthenticate": "lms.users.account_forms.ReauthenticateByCodeForm",
    "activate_totp": "lms.users.account_forms.ActivateTOTPForm",
}
MFA_TOTP_ISSUER = "售后服务管理师平台"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
TERMS_VERSION = env.str("TERMS_VERSION", default="2026-11")  # of 用户协议 and 隐私政策; sign-up stores it as consented
WAGTAILUSERS_PASSWORD_ENABLED = False  # nobody sets another person's password
WAGTAIL_USER_TIME_ZONES = ["Asia/Shanghai"]

EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{str(DATA_DIR / 'mail').lstrip('/')}")
EMAIL_BACKEND = "lms.users.mail.QueuedBackend"  # rows; tasks send them through the next one
MAIL_DELIVERY_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"] or ""
EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"] or 25
EMAIL_HOST_USER = EMAIL_CONFIG["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=SUPPORT_EMAIL)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Stripe: two variables switch from the local double to Stripe (docs/operations.md) ------------------------------
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="sk_test_local_double" if EMBEDDED else "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default=local.get("stripe_webhook_secret", ""))
STRIPE_DOUBLE_PORT = env.int("STRIPE_DOUBLE_PORT", default=PORT + 1)
STRIPE_DOUBLE = STRIPE_SECRET_KEY == "sk_test_local_double"  # noqa: S105  # a name, not a secret
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default=f"http://127.0.0.1:{STRIPE_DOUBLE_PORT}" if STRIPE_DOUBLE else "")
STRIPE_PAYMENT_METHODS = env.list("STRIPE_PAYMENT_METHODS", default=["card", "alipay", "wechat_pay"])

# --- 对公转账: the account that companies transfer to; without it the way is not offered (money.md B1) --------------
BANK_ACCOUNT_NAME = env.str("BANK_ACCOUNT_NAME", default="演示培训机构（演示账户，请勿汇款）" if EMBEDDED else "")
BANK_NAME = env.str("BANK_NAME", default="演示银行南京分行营业部" if EMBEDDED else "")
BANK_ACCOUNT_NUMBER = env.str("BANK_ACCOUNT_NUMBER", default="0000000000000000" if EMBEDDED else "")
BANK_CODE = env.str("BANK_CODE", default="")  # 联行号, some banks ask for it
BANK_TRANSFER_DAYS = env.int("BANK_TRANSFER_DAYS", default=7)

# --- Invoices (发票): who issues them, and what 财务's tax account calls a course -----------------------------------
INVOICING_SERVICE = env.str("INVOICING_SERVICE", default="payments.invoicing.ManualInvoicing")  # money.md F9
INVOICE_ITEM = env.str("INVOICE_ITEM", default="*非学历教育服务*培训费")
INVOICE_TAX_CODE = env.str("INVOICE_TAX_CODE", default="3070201020000000000")  # 非学历教育服务
INVOICE_TAX_RATE = env.str("INVOICE_TAX_RATE", default="0.06")  # 0.06, 0.03 or 0.01: the operator's tax status decides

# --- Rules that no source fixes: settings with a cited default (docs/rules/) ----------------------------------------
# api.md I10: companies may have us send to this machine itself, and over http; for trying things out
WEBHOOKS_ALLOW_LOCAL = env.bool("WEBHOOKS_ALLOW_LOCAL", default=EMBEDDED)
SEAT_VALID_DAYS = env.int(
    "SEAT_VALID_DAYS", default=365
)  # seats.md S2: how long a company's seat waits for its learner
ORDER_EXPIRY_MINUTES = env.int("ORDER_EXPIRY_MINUTES", default=60)  # money.md P5; Stripe allows 30 minutes to 24 hours
REFUND_TWO_PERSONS_FEN = 100 * env.int("REFUND_TWO_PERSONS_YUAN", default=5000)  # money.md R9
LESSON_MIN_SECONDS = env.int("LESSON_MIN_SECONDS", default=5 if EMBEDDED else 0)  # study-time.md T3; 0 = by length
STUDY_IDLE_SECONDS = env.int("STUDY_IDLE_SECONDS", default=300)  # study-time.md T12
STUDY_DAY_LIMIT_MINUTES = env.int("STUDY_DAY_LIMIT_MINUTES", default=480)  # study-time.md T14
STUDY_PLAN_DAYS = env.int("STUDY_PLAN_DAYS", default=60)  # study-time.md T34: the pace that a course is meant for
STUDY_QUIET_DAYS = env.int("STUDY_QUIET_DAYS", default=14)  # study-time.md T34
VIDEO_WATCH_PERCENT = env.int("VIDEO_WATCH_PERCENT", default=80)  # study-time.md T21
EXAM_SAVE_ALLOWANCE_SECONDS = env.int("EXAM_SAVE_ALLOWANCE_SECONDS", default=5)  # grading.md G9
EXAM_DRAWS_ITEMS_TO_RECHECK = env.bool("EXAM_DRAWS_ITEMS_TO_RECHECK", default=True)  # grading.md G21
KEY_FIX_SETTLE_SECONDS = env.int("KEY_FIX_SETTLE_SECONDS", default=30)  # key-fix.md K6
PRACTICE_CLEARS_AFTER = env.int("PRACTICE_CLEARS_AFTER", default=2)  # practice.md P4; right answers in a row
EXAM_SAVES_PER_SECOND = env.int("EXAM_SAVES_PER_SECOND", default=10)  # exam-room.md R4; per attempt and web process
CERTIFICATE_VALID_YEARS = env.int("CERTIFICATE_VALID_YEARS", default=3)  # certificates.md N6
CERTIFICATE_RENEWAL_DAYS = env.int("CERTIFICATE_RENEWAL_DAYS", default=180)  # certificates.md N22
CERTIFICATE_RENEWAL_COURSES = env.list("CERTIFICATE_RENEWAL_COURSES", default=[])  # slugs of 继续教育 courses, N22
CERTIFICATE_RENEWAL_HOURS = env.int("CERTIFICATE_RENEWAL_HOURS", default=8)  # certificates.md N22
CERTIFICATE_SERIALS = env.bool("CERTIFICATE_SERIALS", default=False)  # certificates.md N32
CERTIFICATE_APPROVAL = env.bool("CERTIFICATE_APPROVAL", default=False)  # certificates.md N33
CERTIFICATE_TWO_PERSONS = env.bool("CERTIFICATE_TWO_PERSONS", default=True)  # certificates.md N23

# --- Keys that sign certificates (docs/keys.md). Without them the embedded mode makes its own and says so -----------
CERTIFICATE_KEYS_DIR = DATA_DIR / "keys"
CERTIFICATE_PKCS12 = env.str("CERTIFICATE_PKCS12", default="")
CERTIFICATE_PKCS12_PASSWORD = env.str("CERTIFICATE_PKCS12_PASSWORD", default="")
CERTIFICATE_PKCS11_MODULE = env.str("CERTIFICATE_PKCS11_MODULE", default="")
CERTIFICATE_PKCS11_TOKEN = env.str("CERTIFICATE_PKCS11_TOKEN", default="")
CERTIFICATE_PKCS11_PIN = env.str("CERTIFICATE_PKCS11_PIN", default="")
CERTIFICATE_PKCS11_LABEL = env.str("CERTIFICATE_PKCS11_LABEL", default="")
CERTIFICATE_TSA_URL = env.str("CERTIFICATE_TSA_URL", default="")
CERTIFICATE_LTV = env.bool("CERTIFICATE_LTV", default=False)
CERTIFICATE_TRUST_ROOTS = env.str("CERTIFICATE_TRUST_ROOTS", default="")  # PEM: roots of the issuer and the time stamp
CREDENTIAL_KEY_FILE = env.str("CREDENTIAL_KEY_FILE", default="")
LOG_KEY_FILE = env.str("LOG_KEY_FILE", default="")

# --- Web security ---------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *MEDIA_ORIGINS],
        "font-src": [SELF],
        "connect-src": [SELF, *MEDIA_ORIGINS],  # pieces of a film, which the player joins and hands on as a blob
        "media-src": [SELF, "blob:", *MEDIA_ORIGINS],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF, "https://checkout.stripe.com", *([STRIPE_API_BASE] if STRIPE_API_BASE else [])],
        "frame-ancestors": [SELF],
        "base-uri": [SELF],
    },
    # Wagtail's admin needs inline styles and scripts of its own; staff only, behind two-factor.
    "EXCLUDE_URL_PREFIXES": ("/cms/", "/django-admin/"),
}
CSRF_FAILURE_VIEW = "lms.error_views.csrf_failure"
X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail's preview panel
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if env.bool("BEHIND_PROXY", default=PRODUCTION):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Language, time -------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "lms" / "locale"]
FORMAT_MODULE_PATH = ["lms.formats"]

# --- Wagtail --------------------------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = SITE_NAME
WAGTAILADMIN_BASE_URL = SITE_URL or "http://127.0.0.1"
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_ENABLE_UPDATE_CHECK = False  # no connection beyond our own services
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAILIMAGES_IMAGE_MODEL = "courses.CourseImage"
WAGTAILDOCS_DOCUMENT_MODEL = "courses.CourseDocument"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["pdf", "xlsx", "csv", "docx", "pptx", "zip", "txt", "mp4", "webm", "vtt", "mp3", "m4a"]
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "svg", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
# Text without spaces is cut for the index; docs/decisions/0012-search.md.
SEARCH_ENGINE = "sqlite" if DATABASES["default"]["ENGINE"].endswith("sqlite3") else "postgres"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": f"lms.search.{SEARCH_ENGINE}"}}

# Pages for visitors without a cookie are cached this long. Without Redis there is no cache worth it.
# Words of the glossary may be opened where a lesson uses them.
GLOSSARY_IN_LESSONS = env.bool("GLOSSARY_IN_LESSONS", default=True)
PUBLIC_PAGE_SECONDS = env.int("PUBLIC_PAGE_SECONDS", default=10 if REDIS_URL else 0)

# --- Logs: one JSON object a line, each with the request's id -------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="WARNING" if EMBEDDED else "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            "foreign_pre_chain": [
                structlog.contextvars.merge_contextvars,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.processors.format_exc_info,
            ],
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "fontTools": {"level": "WARNING"},
    },
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
