"""The shop: its services and where they run, its customers, and what was wrong in the last hour."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from traces.core.sample import KEY, NAME


class Service(NamedTuple):
    name: str
    language: str
    version: str


SERVICES = {
    service.name: service
    for service in (
        Service("storefront", "nodejs", "5.12.0"),
        Service("account", "ruby", "3.3.2"),
        Service("catalog", "go", "1.19.4"),
        Service("search", "java", "2.2.0"),
        Service("recommendations", "python", "0.9.7"),
        Service("cart", "go", "1.8.1"),
        Service("checkout", "java", "2.4.1"),
        Service("payment", "java", "4.0.3"),
        Service("fraud", "python", "1.1.0"),
        Service("inventory", "go", "2.7.5"),
        Service("shipping", "dotnet", "3.0.8"),
        Service("fulfilment", "go", "1.2.6"),
        Service("notifications", "nodejs", "2.0.1"),
        Service("catalog-import", "python", "1.4.0"),
    )
}
REGIONS = ("eu-central-1", "us-east-1", "ap-southeast-2")
REGION_WEIGHTS = (50, 35, 15)
INSTANCES = 2

# The clock of one machine runs ahead.
SKEWED = ("recommendations", "eu-central-1", 1)
SKEW_MS = 700


class Incident(NamedTuple):
    """From when to when, in minutes before now."""

    began_min: float
    ended_min: float

    def holds(self, age_min: float) -> bool:
        return self.ended_min <= age_min <= self.began_min


# The half of the checkouts that got it asks for payment with less patience, and again and again.
ROLLOUT = Incident(28, 0)
NEW_CHECKOUT = "2.5.0"
CACHE_AWAY = Incident(47, 36)
LOCKED_REGION = "us-east-1"
LOCKED = Incident(22, 9)
# From here on the cart asks for the price of one item after the other.
BIG_CART = 12


class Customer(NamedTuple):
    id: str
    tier: str
    region: str
    agent: str


AGENTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "ShopApp/7.3 (Android 15; Pixel 9)",
)


def _customer(number: int) -> Customer:
    rng = Random(f"customer {number}")
    return Customer(
        id=f"u_{1000 + number}",
        tier=rng.choices(("free", "plus", "business"), (70, 24, 6))[0],
        region=rng.choices(REGIONS, REGION_WEIGHTS)[0],
        agent=rng.choice(AGENTS),
    )


CUSTOMERS = [_customer(number) for number in range(400)]


def a_customer(rng: Random) -> Customer:
    """A few come often, most of them now and then."""
    return CUSTOMERS[int(len(CUSTOMERS) * rng.random() ** 2)]


def resource(service: str, region: str, instance: int, version: str) -> dict[str, str | int]:
    """What the instance says of itself. A release brings a new pod."""
    pod = Random(f"{service} {region} {instance} {version}").getrandbits(40)
    return {
        "service.name": service,
        "service.version": version,
        "service.namespace": "shop",
        "service.instance.id": f"{service}-{pod:010x}",
        "deployment.environment.name": "production",
        "cloud.provider": "aws",
        "cloud.region": region,
        "host.name": f"{region}-node-{pod % 9 + 1}",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.language": SERVICES[service].language,
        KEY: NAME,
    }
