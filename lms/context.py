"""What every template may say about the site."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Give templates the operator's facts (names, filing numbers) and whether this is the embedded mode."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "issuer_name": settings.ISSUER_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "icp_number": settings.ICP_NUMBER,
        "icp_licence": settings.ICP_LICENCE,
        "public_security_number": settings.PUBLIC_SECURITY_NUMBER,
        "is_embedded": settings.EMBEDDED,
    }
