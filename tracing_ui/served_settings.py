"""The settings of `serve`: as everywhere, and the pages' files prepared once at its start.

Compressed, and under names with a hash of what is in them, so that a browser asks for each only once.
"""

from __future__ import annotations

from tracing_ui.settings import *  # noqa: F403
from tracing_ui.settings import DATA_DIR

STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False
