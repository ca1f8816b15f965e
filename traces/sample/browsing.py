"""Looking around in the shop: the home page, a product, a search, something put into the cart."""

from __future__ import annotations

from opentelemetry.trace import SpanKind

from traces.sample import exceptions, shop
from traces.sample.calls import Answer, ask, ask_redis, grpc, http, redis, request
from traces.sample.work import Branch, Story, Work

PRODUCT = (
    "SELECT p.id, p.sku, p.title, p.price_cents, c.name AS category FROM products p"
    " JOIN categories c ON c.id = p.category_id WHERE p.id = $1"
)
REVIEWS = (
    "SELECT r.rating, r.title, r.body FROM reviews r WHERE r.product_id = $1 AND r.approved"
    " ORDER BY r.helpful_votes DESC LIMIT 20"
)
FEATURED = (
    "SELECT p.id, p.title, p.price_cents FROM featured f JOIN products p ON p.id = f.product_id"
    " WHERE f.shelf = $1 ORDER BY f.place"
)
SESSION = "SELECT s.id, s.customer_id, s.expires_at FROM sessions s WHERE s.token = $1 AND s.expires_at > now()"
NEAREST = "SELECT item_id FROM item_vectors ORDER BY embedding <-> $1 LIMIT 12"
ADD_ITEM = (
    "INSERT INTO cart_items (cart_id, sku, quantity) VALUES ($1, $2, $3)"
    " ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = cart_items.quantity + excluded.quantity"
)


def home(story: Story) -> None:
    """Everything on the page is asked for at once."""
    with request(story, "GET", "/", "/") as answer:
        who_is_it(answer.server)
        answer.server.at_once(_shelf("spring"), _shelf("bestsellers"), recommend, _cart_badge)
        with answer.server.span("render home") as render:
            render.spend(9)


def product(story: Story) -> None:
    number = story.rng.randrange(1, 900)
    about = {"app.product.id": f"p_{number}"}
    with request(story, "GET", "/products/{id}", f"/products/p_{number}", about) as answer:
        who_is_it(answer.server)
        answer.server.at_once(lambda page: look_up(page, number), recommend)
        with answer.server.span("render product") as render:
            render.spend(6)


def find(story: Story, *, hop: bool = False) -> None:
    words = story.rng.choice(("tent", "running shoes", "rain jacket", "coffee grinder", "head torch", "wool socks"))
    with request(story, "GET", "/search", "/search", {"app.search.words": words}) as answer:
        with http(answer.server, "search", "GET", "/query", attributes={"app.search.words": words}, hop=hop) as found:
            found.server.spend(4)
            with found.server.span("parse query") as parse:
                parse.spend(0.6)
            _index(found.server)
            found.server.set("app.search.hits", story.rng.randrange(3, 240))
        with answer.server.span("render results") as render:
            render.spend(7)


def find_through_the_proxy(story: Story) -> None:
    """A proxy on the way makes a span and never sends it: the parent of the search is missing."""
    find(story, hop=True)


def add_to_cart(story: Story) -> None:
    """The event for the analytics is sent without waiting: it ends long after the request."""
    sku = f"sku-{story.rng.randrange(10_000, 99_999)}"
    with request(story, "POST", "/cart/items", "/cart/items", {"app.product.sku": sku}) as answer:
        who_is_it(answer.server)
        with http(answer.server, "cart", "POST", "/carts/{id}/items", path="/carts/mine/items") as added:
            ask(added.server, "INSERT cart_items", ADD_ITEM, 3.5)
            ask_redis(added.server, "DEL", f"cart:{story.customer.id}")
        with answer.server.span("track add_to_cart", waits=False) as track:
            track.spend(180, 0.5)
            track.event("batch flushed", {"app.analytics.events": story.rng.randrange(5, 40)})


def who_is_it(page: Work) -> None:
    with grpc(page, "account", "shop.Account/Authenticate") as answer:
        ask_redis(answer.server, "GET", f"session:{page.story.customer.id}")
        if page.rng.random() < 0.2:
            ask(answer.server, "SELECT sessions", SESSION, 1.8)


def look_up(page: Work, number: int) -> None:
    """From the cache if it's there; else from the database, where it takes a while."""
    with http(page, "catalog", "GET", "/products/{id}", path=f"/products/p_{number}") as answer:
        hit = _cached(answer, f"product:{number}")
        answer.server.set("app.cache.hit", hit)
        if not hit:
            away = shop.CACHE_AWAY.holds(page.story.age_min)
            ask(answer.server, "SELECT products", PRODUCT, 160 if away else 14)
            ask(answer.server, "SELECT reviews", REVIEWS, 220 if away else 18)


def _cached(answer: Answer, key: str) -> bool:
    rng, story = answer.server.rng, answer.server.story
    with redis(answer.server, "GET", key) as get:
        if shop.CACHE_AWAY.holds(story.age_min):
            get.spend(4)
            get.throw(exceptions.CACHE_REFUSED)
            return False
        return rng.random() < 0.93


def recommend(page: Work) -> None:
    """Nice to have: when it fails the page goes on without it."""
    with http(page, "recommendations", "GET", "/for/{customer}", path=f"/for/{page.story.customer.id}") as answer:
        ask(answer.server, "SELECT item_vectors", NEAREST, 11)
        with answer.server.span("rank") as rank:
            rank.spend(5)
            if page.rng.random() < 0.03:
                rank.throw(exceptions.NO_MODEL)
                answer.says(500)


def _shelf(name: str) -> Branch:
    def fetch(page: Work) -> None:
        with http(page, "catalog", "GET", "/shelves/{name}", path=f"/shelves/{name}") as answer:
            hit = _cached(answer, f"shelf:{name}")
            answer.server.set("app.cache.hit", hit)
            if not hit:
                ask(
                    answer.server, "SELECT featured", FEATURED, 130 if shop.CACHE_AWAY.holds(page.story.age_min) else 12
                )

    return fetch


def _cart_badge(page: Work) -> None:
    with http(page, "cart", "GET", "/carts/{id}/count", path="/carts/mine/count") as answer:
        ask_redis(answer.server, "HLEN", f"cart:{page.story.customer.id}")


def _index(server: Work) -> None:
    """Three shards, asked at once; one of them is larger."""

    def shard(number: int, median_ms: float) -> Branch:
        def search(work: Work) -> None:
            about = {
                "db.system.name": "elasticsearch",
                "db.operation.name": "search",
                "db.collection.name": f"products-{number}",
                "server.address": f"es-{number}.shop.internal",
            }
            with work.span(f"search products-{number}", SpanKind.CLIENT, about) as client:
                client.spend(median_ms, 0.4)

        return search

    server.at_once(shard(0, 18), shard(1, 19), shard(2, 34))
