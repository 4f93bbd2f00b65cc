"""WSGI entry point: `granian --interface wsgi lms.wsgi:application`."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

site = get_wsgi_application()
# Answers of open exam pages do not pass through middleware: docs/decisions/0007-lean-save-path.md
application = import_module("exams.views.answers").in_front_of(site)
