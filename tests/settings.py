"""The site's settings, made quick for tests. DATABASE_URL, REDIS_URL and friends choose the parts, as in production."""

import os
import tempfile
from pathlib import Path

from lms.settings import *  # noqa: F403
from lms.settings import REDIS_URL

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="lms-media-"))
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if REDIS_URL:
    # A Redis database for each test process: one must not clear what another counts.
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"{REDIS_URL.rpartition('/')[0]}/{2 + worker}",
        }
    }
LESSON_MIN_SECONDS = 0
PUBLIC_PAGE_SECONDS = 0  # tests share one cache but not one database
EXAM_SAVES_PER_SECOND = 100_000  # frozen clocks refill no bucket
