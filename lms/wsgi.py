"""WSGI entry point: `granian --interface wsgi lms.wsgi:application`."""

import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

site = get_wsgi_application()
# Answers of open exam pages do not pass through middleware: docs/decisions/0007-lean-save-path.md
application = import_module("exams.views.answers").in_front_of(site)

import_module("lms.urls")  # now, not with the first request
# What is loaded by now stays for ever. Left out of the collector's full runs, it no longer stops every thread for a
# tenth of a second: docs/decisions/0007-lean-save-path.md
gc.collect()
gc.freeze()
