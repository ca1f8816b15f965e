"""The made-up shop whose traces are the load: its services, what they offer, whom they call. Tables only."""

from __future__ import annotations

from typing import NamedTuple

INSTANCES = 3


class Route(NamedTuple):
    method: str
    path: str
    function: str


class Service(NamedTuple):
    name: str
    language: str
    database: str
    calls: tuple[int, ...]
    routes: tuple[Route, ...]


class Statement(NamedTuple):
    operation: str
    table: str
    text: str


def _routes(lines: str) -> tuple[Route, ...]:
    return tuple(Route(*line.split()) for line in lines.strip().splitlines())


SERVICES = (
    Service("frontend", "nodejs", "postgresql", (1, 2), _routes("""
        GET / renderHome
        GET /product/{id} renderProduct
        GET /search renderSearch
        POST /cart postCart
        POST /checkout postCheckout""")),
    Service("api-gateway", "go", "postgresql", (2, 3, 4, 5, 7, 8, 6), _routes("""
        GET /api/v1/products/{id} routeProduct
        GET /api/v1/search routeSearch
        POST /api/v1/cart/items routeCart
        POST /api/v1/orders routeOrder
        GET /api/v1/orders/{id} routeOrderGet""")),
    Service("auth-service", "go", "redis", (3,), _routes("""
        POST /auth/token issueToken
        POST /auth/introspect introspect
        POST /auth/refresh refresh
        DELETE /auth/session/{id} logout
        GET /auth/keys jwks""")),
    Service("user-service", "java", "postgresql", (2,), _routes("""
        GET /users/{id} getUser
        GET /users/{id}/addresses listAddresses
        PUT /users/{id} updateUser
        GET /users/{id}/preferences getPreferences
        POST /users createUser""")),
    Service("catalog-service", "java", "postgresql", (10, 6), _routes("""
        GET /products/{id} getProduct
        GET /products listProducts
        GET /categories/{id} getCategory
        GET /products/{id}/price getPrice
        GET /products/{id}/reviews listReviews""")),
    Service("search-service", "python", "elasticsearch", (4,), _routes("""
        GET /query query
        GET /suggest suggest
        POST /index indexDoc
        GET /facets facets
        GET /synonyms synonyms""")),
    Service("recommendation-service", "python", "mongodb", (4, 3), _routes("""
        GET /recommend/{id} recommend
        GET /similar/{id} similar
        POST /events ingestEvent
        GET /trending trending
        POST /score scoreModel""")),
    Service("cart-service", "dotnet", "redis", (4, 10), _routes("""
        GET /cart/{id} getCart
        POST /cart/{id}/items addItem
        DELETE /cart/{id}/items/3 removeItem
        POST /cart/{id}/merge mergeCart
        GET /cart/{id}/total cartTotal""")),
    Service("checkout-service", "java", "postgresql", (9, 10, 11, 7, 3), _routes("""
        POST /checkout placeOrder
        POST /checkout/validate validate
        GET /orders/{id} getOrder
        POST /orders/{id}/cancel cancelOrder
        POST /orders/{id}/invoice invoice""")),
    Service("payment-service", "go", "postgresql", (3, 2), _routes("""
        POST /charge charge
        POST /authorize authorize
        POST /refund refund
        GET /methods/{user} listMethods
        POST /fraud-check fraudCheck""")),
    Service("inventory-service", "java", "postgresql", (11,), _routes("""
        GET /stock/{sku} getStock
        POST /reserve reserve
        POST /release release
        POST /adjust adjust
        GET /warehouses listWarehouses""")),
    Service("shipping-service", "ruby", "mysql", (10,), _routes("""
        POST /quote quote
        POST /shipments createShipment
        GET /shipments/{id} trackShipment
        POST /labels printLabel
        GET /carriers listCarriers""")),
)  # fmt: skip
SHIPPING = 11  # sometimes reached through a queue

STATEMENTS = (
    Statement("SELECT", "orders",
              "SELECT o.id, o.user_id, o.total_cents, o.currency, o.status, o.created_at FROM orders o "
              "WHERE o.user_id = $1 AND o.status = ANY($2) ORDER BY o.created_at DESC LIMIT 50"),
    Statement("SELECT", "products",
              "SELECT p.id, p.sku, p.title, p.price_cents, c.name AS category FROM products p "
              "JOIN categories c ON c.id = p.category_id WHERE p.id = $1"),
    Statement("UPDATE", "inventory",
              "UPDATE inventory SET reserved = reserved + $1, updated_at = now() "
              "WHERE sku = $2 AND on_hand - reserved >= $1 RETURNING on_hand, reserved"),
    Statement("INSERT", "cart_items",
              "INSERT INTO cart_items (cart_id, sku, quantity, unit_price_cents, added_at) "
              "VALUES ($1, $2, $3, $4, now()) ON CONFLICT (cart_id, sku) "
              "DO UPDATE SET quantity = cart_items.quantity + EXCLUDED.quantity"),
    Statement("SELECT", "users", "SELECT id, email, full_name, locale, tier FROM users WHERE id = $1"),
    Statement("GET", "session", "GET session:{id}"),
    Statement("SELECT", "reviews",
              "SELECT r.id, r.rating, r.body FROM reviews r WHERE r.product_id = $1 AND r.approved "
              "ORDER BY r.helpful_votes DESC, r.created_at DESC LIMIT 20 OFFSET $2"),
)  # fmt: skip

USER_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "okhttp/5.1.0",
    "python-requests/2.32.5",
)
EXCEPTIONS = (
    ("java.net.SocketTimeoutException", "Read timed out after 2000 ms"),
    ("PaymentDeclined", "issuer declined the card (51: insufficient funds)"),
    ("psycopg.errors.SerializationFailure", "could not serialize access due to concurrent update"),
    ("KeyError", "'price_cents'"),
    ("context.DeadlineExceeded", "context deadline exceeded"),
)
STACK = """\
  at com.shop.core.Pipeline.run(Pipeline.java:212)
  at com.shop.core.Handler.invoke(Handler.java:88)
  at com.shop.http.Router.dispatch(Router.java:141)
  at com.shop.http.Filter.doFilter(Filter.java:57)
  at com.shop.http.Server.handle(Server.java:403)
  at java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1144)
  at java.base/java.lang.Thread.run(Thread.java:1583)
"""
CURRENCIES = ("EUR", "USD", "GBP", "PLN")


def resource(service: int, instance: int) -> dict[str, str | int | float | bool]:
    """The thirteen attributes of a service's instance."""
    name, language = SERVICES[service][:2]
    pod = f"{name}-7d9c{service}-x{instance}k2"
    return {
        "service.name": name,
        "service.version": f"2.{service}.{instance % 2}",
        "service.instance.id": pod,
        "service.namespace": "shop",
        "deployment.environment.name": "production",
        "host.name": f"node-{(service * 3 + instance) % 9:02d}",
        "k8s.pod.name": pod,
        "k8s.namespace.name": "shop",
        "telemetry.sdk.language": language,
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.38.0",
        "cloud.region": "eu-central-1",
        "process.pid": 1000 + instance,
    }
