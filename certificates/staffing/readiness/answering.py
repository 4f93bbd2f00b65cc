"""How the pages of readiness take a refusal."""

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm

from lms.errors import DomainError


def done(form: BaseForm, verb: Callable[..., object], **arguments: Any) -> bool:
    """Call a verb; a refusal becomes the form's error."""
    try:
        verb(**arguments)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
