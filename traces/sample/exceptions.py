"""What is thrown in the shop: type, message, stack trace, in the manner of each language."""

from __future__ import annotations

CARD_DECLINED = (
    "shop.payment.CardDeclinedException",
    "issuer declined the card: insufficient funds (51)",
    """\
shop.payment.CardDeclinedException: issuer declined the card: insufficient funds (51)
	at shop.payment.bridge.ChargeResponse.orElseThrow(ChargeResponse.java:74)
	at shop.payment.bridge.BridgeClient.charge(BridgeClient.java:131)
	at shop.payment.ChargeService.charge(ChargeService.java:58)
	at shop.payment.web.ChargeController.create(ChargeController.java:42)
	at org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:258)
	at org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:885)
	at org.apache.tomcat.util.net.SocketProcessorBase.run(SocketProcessorBase.java:52)
	at java.base/java.lang.Thread.run(Thread.java:1583)
""",
)
CHARGE_TIMED_OUT = (
    "java.net.http.HttpTimeoutException",
    "request timed out",
    """\
shop.checkout.PaymentUnavailableException: no charge after 3 attempts
	at shop.checkout.payment.RetryingPayment.charge(RetryingPayment.java:67)
	at shop.checkout.CheckoutService.pay(CheckoutService.java:119)
	at shop.checkout.CheckoutService.checkout(CheckoutService.java:83)
	at shop.checkout.web.CheckoutController.post(CheckoutController.java:51)
Caused by: java.net.http.HttpTimeoutException: request timed out
	at java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:951)
	at java.net.http/jdk.internal.net.http.HttpClientFacade.send(HttpClientFacade.java:133)
	at shop.checkout.payment.PaymentClient.post(PaymentClient.java:38)
	at shop.checkout.payment.RetryingPayment.attempt(RetryingPayment.java:82)
	... 24 more
""",
)
CACHE_REFUSED = (
    "*net.OpError",
    "dial tcp 10.0.4.17:6379: connect: connection refused",
    """\
dial tcp 10.0.4.17:6379: connect: connection refused
github.com/shop/catalog/internal/cache.(*Client).Get
	/src/internal/cache/client.go:88
github.com/shop/catalog/internal/products.(*Store).Find
	/src/internal/products/store.go:51
github.com/shop/catalog/internal/web.(*Server).product
	/src/internal/web/product.go:34
net/http.HandlerFunc.ServeHTTP
	/usr/local/go/src/net/http/server.go:2294
""",
)
NO_MODEL = (
    "KeyError",
    "'embedding_v3'",
    """\
Traceback (most recent call last):
  File "/app/recommendations/web.py", line 61, in recommend
    return ranked(model.nearest(customer_vector(customer), limit=12))
  File "/app/recommendations/vectors.py", line 27, in customer_vector
    return features[customer.id]["embedding_v3"]
           ~~~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^
KeyError: 'embedding_v3'
""",
)
BAD_ADDRESS = (
    "AddressError",
    "postal code '9O210' is not valid in US",
    """\
parse address: postal code '9O210' is not valid in US
github.com/shop/fulfilment/internal/address.Parse
	/src/internal/address/parse.go:113
github.com/shop/fulfilment/internal/orders.(*Worker).label
	/src/internal/orders/worker.go:72
github.com/shop/fulfilment/internal/orders.(*Worker).Process
	/src/internal/orders/worker.go:40
""",
)
BAD_PRICE = (
    "decimal.InvalidOperation",
    "[<class 'decimal.ConversionSyntax'>]",
    """\
Traceback (most recent call last):
  File "/app/catalog_import/items.py", line 48, in upsert
    price = Decimal(row["price"].replace(",", "."))
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
decimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]
""",
)
