"""Link templates, and a span or a trace, in; finished addresses out, none where a placeholder can't be filled.

Values come from whoever sends spans. Encoded whole they stay where the template puts them: behind the host, in their
own part of the path, their own parameter of the query.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from traces.core.iso_time import format_iso
from traces.core.printable import printable
from traces.core.span import UNKNOWN_SERVICE, Span
from traces.core.timescale import MILLISECOND
from traces.core.values import key_text, to_python

# Beyond that servers answer 414, if at all.
MAX_LENGTH = 8_000
_ORIGIN = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?=[/?#]|$)", re.IGNORECASE)
# What a browser cuts, ends an address at, or takes for a slash.
_MISPLACED = re.compile(r"""[\x00-\x20\x7f-\xa0\ud800-\udfff"<>\\`]""")
_PLACEHOLDER = re.compile(r"\{([^{}\"',]+)\}")

# A placeholder's value as text; None where there is none.
Known = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Template:
    """An address with placeholders: text and keys by turns, text first and last."""

    title: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outbound:
    """A link to where else one may look."""

    title: str
    url: str


def templates_from(found: object) -> tuple[Template, ...]:
    """Of `{"Logs": "https://…/{trace_id}"}`, in its order. ValueError says which is wrong and what would be right."""
    if not isinstance(found, dict):
        raise ValueError('needs titles with addresses, {"Logs": "https://logs.example/?q={trace_id}"}')
    return tuple(_template(title, address) for title, address in found.items())


def is_address(text: object) -> bool:
    """Whether a page may link to it: absolute, http or https, nothing that a browser reads otherwise than we do."""
    return isinstance(text, str) and bool(_ORIGIN.match(text)) and not _MISPLACED.search(text)


def links_of_span(templates: Iterable[Template], span: Span) -> list[Outbound]:
    times = _times(span.start_ns, span.end_ns)
    own = times | {"trace_id": span.trace_id.hex(), "span_id": span.span_id.hex(), "service": span.service}
    if span.service == UNKNOWN_SERVICE:
        own["service"] = ""
    return _links(templates, lambda key: own[key] if key in own else _attribute(span, key))


def links_of_trace(templates: Iterable[Template], trace_id: bytes, start_ns: int, end_ns: int) -> list[Outbound]:
    """Those that need nothing of a single span."""
    own = _times(start_ns, end_ns) | {"trace_id": trace_id.hex()}
    return _links(templates, own.get)


def _template(title: str, address: object) -> Template:
    if not title.strip():
        raise ValueError("a link has no title")
    if not is_address(address) or not isinstance(address, str):
        raise ValueError(
            f"{title}: needs an address that begins with http:// or https:// and a host, without a placeholder there, "
            'and has no space, quote, backslash, "<" or ">"'
        )
    parts = tuple(_PLACEHOLDER.split(address))
    if any("{" in text or "}" in text for text in parts[::2]):
        raise ValueError(f"{title}: a brace that is no placeholder, write %7B for {{ and %7D for }}")
    if any(re.search(r"\s", key) for key in parts[1::2]):
        raise ValueError(f"{title}: a placeholder is a key such as {{trace_id}} or {{k8s.pod.name}}, without spaces")
    if _climbs(_joined(parts, lambda key: "x") or ""):
        raise ValueError(f'{title}: needs a path without "." and ".."')
    return Template(printable(title.strip()), parts)


def _times(start_ns: int, end_ns: int) -> dict[str, str]:
    """Whole milliseconds around the stretch of time, so that nothing in it is missed."""
    return {
        "start": format_iso(start_ns),
        "end": format_iso(end_ns),
        "start_ms": str(start_ns // MILLISECOND),
        "end_ms": str(-(-end_ns // MILLISECOND)),
    }


def _attribute(span: Span, key: str) -> str | None:
    """The span's own, else its resource's; only what is one plain value."""
    stored = key_text(key)
    for attributes in (span.attributes, span.resource.attributes):
        if stored in attributes:
            value = to_python(attributes[stored])
            if isinstance(value, str):
                return value
            return json.dumps(value) if isinstance(value, bool | int | float) else None
    return None


def _links(templates: Iterable[Template], known: Known) -> list[Outbound]:
    filled = ((template.title, _joined(template.parts, known)) for template in templates)
    return [Outbound(title, url) for title, url in filled if url and len(url) <= MAX_LENGTH and not _climbs(url)]


def _joined(parts: tuple[str, ...], known: Known) -> str | None:
    filled = list(parts)
    for place in range(1, len(parts), 2):
        value = known(parts[place])
        if not value:
            return None
        try:
            filled[place] = quote(value, safe="")
        except UnicodeEncodeError:  # Lone surrogates: no address can say them.
            return None
    return "".join(filled)


def _climbs(url: str) -> bool:
    """Whether a part of the path is "." or "..": dots can't be escaped, browsers and proxies climb at %2E%2E too."""
    path = re.split("[?#]", url[url.index("://") + 3 :], maxsplit=1)[0]
    return any(part in {".", ".."} for part in re.split(r"[/\\]", unquote(path))[1:])
