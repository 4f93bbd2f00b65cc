"""The site's settings, made quick for tests. DATABASE_URL, REDIS_URL and friends choose the parts, as in production."""

import tempfile
from pathlib import Path

from lms.settings import *  # noqa: F403
from lms.settings import REDIS_URL

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="lms-media-"))
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
LESSON_MIN_SECONDS = 0
PUBLIC_PAGE_SECONDS = 0  # tests share one cache but not one database
