"""Where the links that are made of hostile values lead, as a browser reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_django import Settings

from tests.browser.conftest import store
from tests.core.drawing import a_span
from traces.core.outbound import templates_from

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = (
    "..", "../..", "%2e%2e", ".%2E", "..\\..", "//evil.example/", "\\\\evil.example", "@evil.example",
    ":8@evil.example/", "javascript:alert(1)", "a?b=1#c", "a&r=2", "..;/", '"><script>', "\t\r\n", "ü \u2028",
)  # fmt: skip


def test_hostile_values_change_neither_host_nor_path_nor_parameters(
    reader: Page, address: str, settings: Settings
) -> None:
    number = range(len(HOSTILE))
    settings.LINKS = templates_from({f"in{n}": f"https://x.example/a/{{v{n}}}/b?q={{v{n}}}&r=1" for n in number})
    span = a_span("x", attributes={f"v{n}": value for n, value in enumerate(HOSTILE)})
    reader.goto(f"{address}/traces/{store([span])}?span={span.span_id.hex()}")
    # Parsed by the browser without the page's scripts: an anchor's own properties.
    links = reader.locator("#panel .outbound a").evaluate_all(
        "all => all.map(a => [a.text, a.origin, a.pathname.split('/').length, a.hash, a.rel, a.search])"
    )
    shown = [n for n in number if HOSTILE[n] not in {"..", "../..", "..\\.."}]
    assert [link[0] for link in links] == [f"in{n}" for n in shown]
    for _, origin, parts, fragment, rel, search in links:
        assert (origin, parts, fragment, rel) == ("https://x.example", 4, "", "noopener noreferrer")
        assert search.startswith("?q=")
        assert search.endswith("&r=1")
        assert search.count("=") == 2
