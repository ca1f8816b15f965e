"""All settings. Each TRACING_UI_… variable read here stands in the README's table; a test checks that."""

from __future__ import annotations

import os
from pathlib import Path

from traces.core.outbound import templates_from
from traces.core.service_notes import notes_from
from tracing_ui import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent

# Where to listen and where to keep things. `manage.py serve` has a flag for each.
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, most=65_535)
OTLP_PORT = env.number("OTLP_PORT", 4318, most=65_535)
OTLP_GRPC_PORT = env.number("OTLP_GRPC_PORT", 4317, most=65_535)
WORKERS = env.number("WORKERS", 1, least=1, most=256)
INGEST_WORKERS = env.number("INGEST_WORKERS", 2, least=1, most=256)
DATA_DIR = env.data_dir()
ALLOW_ANONYMOUS = env.flag("ALLOW_ANONYMOUS")

# What one request may bring. What is over a limit is refused or cut, and says so.
MAX_BODY_BYTES = env.size("MAX_BODY_BYTES", "20m")
MAX_INFLATED_BYTES = env.size("MAX_INFLATED_BYTES", "64m")
MAX_SPANS_PER_REQUEST = env.number("MAX_SPANS_PER_REQUEST", 100_000, least=1)
MAX_ATTRIBUTES = env.number("MAX_ATTRIBUTES", 512, least=1)
MAX_EVENTS = env.number("MAX_EVENTS", 1_000, least=1)
MAX_LINKS = env.number("MAX_LINKS", 1_000, least=1)
MAX_VALUE_LENGTH = env.number("MAX_VALUE_LENGTH", 32_768, least=64)
MAX_OPERATIONS = env.number("MAX_OPERATIONS", 2_000, least=1)
CORS_ORIGINS = env.words("CORS_ORIGINS")

# What the server takes on before it says 503, and what it leaves of the disk.
MAX_IN_FLIGHT_BYTES = env.size("MAX_IN_FLIGHT_BYTES", "24m")
MIN_FREE_DISK_BYTES = env.size("MIN_FREE_DISK_BYTES", "1g")
RETENTION_S = env.duration_s("RETENTION")

# Where else to look, and what a team knows of its services.
LINKS = env.document("LINKS", templates_from)
SERVICES = env.document("SERVICES", notes_from)

DEBUG = env.flag("DEBUG")
# Signs nothing but CSRF cookies until there are logins; `serve` keeps one in the data folder.
SECRET_KEY = env.text("SECRET_KEY", "not-secret-until-serve-sets-one")
ALLOWED_HOSTS = [*env.words("ALLOWED_HOSTS"), "localhost", ".localhost", "127.0.0.1", "[::1]"]

DATABASE_URL = os.environ.get("DATABASE_URL", "").strip()
DATABASES = {
    "default": {
        **env.database(DATABASE_URL or "postgresql:///tracing_ui"),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Transactions are opened where something is written; reading needs none.
        "ATOMIC_REQUESTS": False,
    }
}

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "traces",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "traces.pages.security.content_security_policy",
    "traces.pages.reader.vary_by_cookie",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "tracing_ui.urls"
WSGI_APPLICATION = "tracing_ui.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "traces.pages.reader.reader",
                "traces.pages.sample.context",
            ],
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served from where they are: no collecting step between a clone and a page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "traces.api.errors.respond",
    # Names may have lone surrogates, which are no UTF-8.
    "UNICODE_JSON": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tracing UI",
    "DESCRIPTION": "Find traces, read their spans.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
