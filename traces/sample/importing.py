"""The import of the suppliers' catalogue: one trace of ten thousand spans."""

from __future__ import annotations

from opentelemetry.trace import SpanKind

from traces.sample import exceptions
from traces.sample.calls import ask, outside
from traces.sample.work import Attributes, Branch, Story, Work

FIND = "SELECT id, updated_at FROM products WHERE supplier_sku = $1"
UPSERT = (
    "INSERT INTO products (supplier_sku, title, price_cents) VALUES ($1, $2, $3)"
    " ON CONFLICT (supplier_sku) DO UPDATE SET price_cents = excluded.price_cents"
)
# 1 + 99 × (2 + 33 × 3) = 10,000
WORKERS, PAGES, ITEMS = 3, 99, 33


def import_catalogue(story: Story) -> None:
    about: Attributes = {"app.import.supplier": "northwind", "app.import.pages": PAGES, "user.id": "system"}
    with story.begins("catalog-import", "import catalogue", SpanKind.INTERNAL, story.at_ns, about) as job:
        job.at_once(*(_worker(range(first, PAGES, WORKERS)) for first in range(WORKERS)))


def _worker(pages: range) -> Branch:
    def work_off(job: Work) -> None:
        for number in pages:
            with job.span("import page", attributes={"app.import.page": number}) as page:
                _fetch(page, number)
                for row in range(ITEMS):
                    _item(page, f"nw-{number:02d}{row:02d}")

    return work_off


def _fetch(page: Work, number: int) -> None:
    with outside(page, "GET", "feed.northwind.example", "/catalogue", f"?page={number}") as answer:
        answer.server.spend(95, 0.4)


def _item(page: Work, sku: str) -> None:
    with page.span("import item", attributes={"app.product.sku": sku}) as item:
        item.spend(0.4)
        ask(item, "SELECT products", FIND, 1.1)
        ask(item, "INSERT products", UPSERT, 2)
        if page.rng.random() < 0.002:
            item.throw(exceptions.BAD_PRICE)
