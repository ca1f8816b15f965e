"""In: the address under which the reader sees us. Out: how to send a first span to it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True, slots=True)
class Language:
    """What starts a program of this language with tracing, once the environment is set."""

    name: str
    commands: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Snippets:
    """What to paste into a shell, and where the trace of the first one will be."""

    curl: str
    trace_id: str
    environment: str
    languages: Sequence[Language]


def send_page(request: HttpRequest) -> HttpResponse:
    """How to send traces here, when there are some already."""
    return render(request, "traces/send.html", {"snippets": snippets(request), "nav": "send"})


def snippets(request: HttpRequest) -> Snippets:
    """A span with a new id each time, of the moment in which it is sent: it is among the newest."""
    endpoint = f"{request.scheme}://{request.get_host()}"
    trace_id = secrets.token_hex(16)
    return Snippets(_curl(endpoint, trace_id), trace_id, _environment(endpoint), _languages(endpoint))


def _curl(endpoint: str, trace_id: str) -> str:
    """One line. The shell puts in the time."""
    span = {
        "trace_id": trace_id,
        "span_id": secrets.token_hex(8),
        "name": "POST /checkout",
        "service": "checkout",
        "start_time": "NOW",
        "duration_ms": 333,
        "attributes": {"user.id": "u_123"},
    }
    body = json.dumps(span).replace("NOW", "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'")
    return f"curl {endpoint}/api/spans -H 'Content-Type: application/json' -d '{body}'"


def _environment(endpoint: str) -> str:
    return f"""\
export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_TRACES_EXPORTER=otlp OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none"""


def _languages(endpoint: str) -> list[Language]:
    return [
        Language(
            "Python",
            "pip install opentelemetry-distro opentelemetry-exporter-otlp\n"
            "opentelemetry-bootstrap -a install\n"
            "opentelemetry-instrument python app.py",
        ),
        Language(
            "Node.js",
            "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node\n"
            "node --require @opentelemetry/auto-instrumentations-node/register app.js",
        ),
        Language(
            "Java",
            "curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation"
            "/releases/latest/download/opentelemetry-javaagent.jar\n"
            "java -javaagent:opentelemetry-javaagent.jar -jar app.jar",
        ),
        Language(
            "Go",
            "go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/contrib/exporters/autoexport\ngo run .",
            "Go has no agent: the program makes its exporter with autoexport.NewSpanExporter(ctx), which reads these "
            "variables, and gives it to sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter)).",
        ),
        Language(
            ".NET",
            "curl -sSfLO https://github.com/open-telemetry/opentelemetry-dotnet-instrumentation"
            "/releases/latest/download/otel-dotnet-auto-install.sh\n"
            "sh ./otel-dotnet-auto-install.sh\n"
            ". $HOME/.otel-dotnet-auto/instrument.sh\n"
            "dotnet run",
            "A program that calls AddOtlpExporter() itself needs only the variables.",
        ),
        Language(
            "Ruby",
            "gem install opentelemetry-sdk opentelemetry-exporter-otlp opentelemetry-instrumentation-all\nruby app.rb",
            "The program calls OpenTelemetry::SDK.configure { |c| c.use_all } once, after requiring the three.",
        ),
        Language(
            "PHP",
            "pecl install opentelemetry\n"
            "composer require open-telemetry/sdk open-telemetry/exporter-otlp php-http/guzzle7-adapter\n"
            "OTEL_PHP_AUTOLOAD_ENABLED=true php -d extension=opentelemetry app.php",
            "Add an auto-instrumentation package for the framework, such as open-telemetry/opentelemetry-auto-slim.",
        ),
        Language(
            "Rust, C++",
            "cargo add opentelemetry opentelemetry_sdk opentelemetry-otlp   # Rust",
            "The OTLP exporters over HTTP of both read the endpoint from these variables; the program makes them.",
        ),
        Language(
            "Collector",
            f"exporters:\n  otlphttp:\n    endpoint: {endpoint}",
            "Then name otlphttp among the exporters of a traces pipeline.",
        ),
    ]
