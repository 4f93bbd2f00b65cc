"""Path converters of our URLs; registered by lms.apps."""

from django.urls.converters import IntConverter


class PkConverter(IntConverter):
    """`<pk:…>`: a row's key. A longer number than a database holds is no address, so it is a 404 and not an error."""

    regex = "[0-9]{1,18}"
