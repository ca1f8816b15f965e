"""The checkout, and what makes one slow or fail."""

from __future__ import annotations

from traces.core.timescale import MILLISECOND
from traces.sample import exceptions, shop
from traces.sample.browsing import who_is_it
from traces.sample.calls import Answer, ask, ask_redis, grpc, http, outside, query, request, send
from traces.sample.queueing import Order
from traces.sample.work import Attributes, Branch, Story, Work

CART = "SELECT i.sku, i.quantity, i.added_at FROM cart_items i WHERE i.cart_id = $1"
PRICES = "SELECT sku, price_cents FROM prices WHERE sku = ANY($1)"
ONE_PRICE = "SELECT price_cents FROM prices WHERE sku = $1"
RESERVE = "UPDATE stock SET reserved = reserved + $1 WHERE sku = ANY($2) AND on_hand - reserved >= $1"
NEW_ORDER = "INSERT INTO orders (id, customer_id, total_cents, currency, status) VALUES ($1, $2, $3, $4, 'paid')"
FRAUD_FEATURES = "SELECT f.name, f.value FROM customer_features f WHERE f.customer_id = $1"
# What the old release allows the provider, once; and the new one, three times.
PATIENCE_MS, IMPATIENCE_MS, ATTEMPTS = 3_000, 300, 3


def checkout(story: Story) -> Order | None:
    """Cart, stock, shipping, payment, order. Returns what went into the queue, if it came so far."""
    rng = story.rng
    size = min(int(rng.lognormvariate(1.25, 0.8)) + 1, 40)
    order_id = f"o_{rng.getrandbits(40):010x}"
    about: Attributes = {"app.order.id": order_id, "app.cart.size": size}
    with request(story, "POST", "/checkout", "/checkout", about) as answer:
        who_is_it(answer.server)
        with http(answer.server, "checkout", "POST", "/orders", attributes=about) as placed:
            _read_cart(placed.server, size)
            order = _place(placed, order_id, size)
        if isinstance(placed.code, int) and placed.code >= 400:
            answer.says(placed.code)
        with answer.server.span("render confirmation") as render:
            render.spend(5)
    return order


def _place(placed: Answer, order_id: str, size: int) -> Order | None:
    server = placed.server
    if not _reserve(server):
        placed.says(503)
        return None
    server.at_once(_quote, _assess)
    code = _pay(server, order_id, amount_cents=size * server.rng.randrange(900, 6_000))
    if code != 200:
        placed.says(code)
        return None
    ask(server, "INSERT orders", NEW_ORDER, 4)
    context = send(server, "orders", order_id)
    return Order(order_id, context, server.at_ns + server.rng.randrange(40, 900) * MILLISECOND)


def _read_cart(server: Work, size: int) -> None:
    """Prices in one statement; a big cart falls into the old code, which asks item by item."""
    about = {"app.cart.size": size}
    with http(server, "cart", "GET", "/carts/{id}", path="/carts/mine", attributes=about) as answer:
        ask_redis(answer.server, "HGETALL", f"cart:{server.story.customer.id}")
        ask(answer.server, "SELECT cart_items", CART, 2)
        if size < shop.BIG_CART:
            ask(answer.server, "SELECT prices", PRICES, 3)
        else:
            for _ in range(size):
                ask(answer.server, "SELECT prices", ONE_PRICE, 19)


def _reserve(server: Work) -> bool:
    with grpc(server, "inventory", "shop.Inventory/Reserve", deadline_ms=4_000) as answer:
        _update_stock(answer.server)
    return answer.code == "OK"


def _update_stock(server: Work) -> None:
    """In one region somebody else holds the rows for a while."""
    story = server.story
    with query(server, "UPDATE stock", RESERVE, 4) as update:
        if story.customer.region == shop.LOCKED_REGION and shop.LOCKED.holds(story.age_min):
            update.event("waiting for lock", {"db.lock.mode": "RowExclusiveLock", "db.lock.relation": "stock"})
            update.spend(1_300, 0.5)
            update.event("lock acquired")


def _quote(server: Work) -> None:
    """Some carriers don't answer in time; then the standard price holds."""
    with grpc(server, "shipping", "shop.Shipping/Quote", deadline_ms=250) as answer:
        answer.server.at_once(*(_carrier(name) for name in ("northwind", "parcelo", "swift")))


def _carrier(name: str) -> Branch:
    def ask_it(work: Work) -> None:
        with outside(work, "GET", f"api.{name}.example", "/v2/rates") as answer:
            answer.server.spend(420 if name == "parcelo" and work.rng.random() < 0.05 else 48, 0.3)

    return ask_it


def _assess(server: Work) -> None:
    with grpc(server, "fraud", "shop.Fraud/Assess") as answer:
        ask(answer.server, "SELECT customer_features", FRAUD_FEATURES, 3)
        with answer.server.span("score") as score:
            score.spend(22, 0.3)
            score.set("app.fraud.score", round(server.rng.betavariate(1.2, 9), 3))


def _pay(server: Work, order_id: str, amount_cents: int) -> int:
    """The status of the charge. The old release asks once and waits, the new one asks again and again."""
    is_new = server.instance.version == shop.NEW_CHECKOUT
    attempts, patience_ms = (ATTEMPTS, IMPATIENCE_MS) if is_new else (1, PATIENCE_MS)
    with server.span("pay", attributes={"app.order.id": order_id, "app.payment.amount_cents": amount_cents}) as pay:
        for attempt in range(attempts):
            code = _charge(pay, attempt, patience_ms)
            if code != "timeout":
                if int(code) >= 400:
                    pay.fail(str(code))
                return int(code)
            if attempt + 1 < attempts:
                pay.event("retry", {"app.retry.attempt": attempt + 1, "app.retry.reason": "timeout"})
                pay.spend(150 * 2**attempt, 0.1)
        pay.throw(exceptions.CHARGE_TIMED_OUT)
    return 504


def _charge(pay: Work, attempt: int, patience_ms: int) -> int | str:
    with http(pay, "payment", "POST", "/charges", timeout_ms=patience_ms) as answer:
        if attempt:
            answer.server.set("http.request.resend_count", attempt)
        with outside(answer.server, "POST", "api.paybridge.example", "/v1/charges") as bridge:
            bridge.server.spend(265, 0.4)
            declined = pay.rng.random() < 0.035
            bridge.says(402 if declined else 201)
        if declined:
            answer.server.throw(exceptions.CARD_DECLINED)
            answer.says(402)
    return answer.code
