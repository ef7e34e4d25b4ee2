"""A picture's bytes as a `data:` URL, as OpenAI-compatible servers and HTML pages take them."""

from __future__ import annotations

import base64

_MIME = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif"}


def data_url(picture: bytes) -> str:
    """`data:image/png;base64,…`. Raises ValueError for bytes that are no PNG, JPEG, WebP or GIF."""
    mime = next((m for magic, m in _MIME.items() if picture.startswith(magic)), None)
    if mime is None:
        raise ValueError("is no PNG, JPEG, WebP or GIF")
    return f"data:{mime};base64,{base64.b64encode(picture).decode()}"
