"""Small pictures for tests, good and hostile."""

from io import BytesIO

from PIL import Image

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8"/></svg>'
SCRIPTED = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(colour: str = "red", *, size: tuple[int, int] = (8, 6), kind: str = "PNG", **options: object) -> bytes:
    """Paint a plain picture."""
    output = BytesIO()
    Image.new("RGB", size, colour).save(output, kind, **options)
    return output.getvalue()


def moving() -> bytes:
    """Paint a picture that moves."""
    output = BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(output, "GIF", save_all=True, append_images=frames[1:])
    return output.getvalue()
