"""House rules about the whole project."""

from io import StringIO

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_migrations_agree_with_models():
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())
