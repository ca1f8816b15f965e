"""In: an attribute's name. Out: the names under which the same thing was or is sent.

From OpenTelemetry's migration guides (HTTP, databases, messaging, RPC, code) and the renames of its schema files:
https://opentelemetry.io/docs/specs/semconv/non-normative/
"""

from __future__ import annotations

from collections import defaultdict

# Old to new. Renames that changed what the value means are not among them.
NEW_NAMES = {
    "http.method": "http.request.method",
    "http.status_code": "http.response.status_code",
    "http.scheme": "url.scheme",
    "http.url": "url.full",
    "http.target": "url.path",
    "http.user_agent": "user_agent.original",
    "browser.user_agent": "user_agent.original",
    "http.client_ip": "client.address",
    "http.flavor": "network.protocol.version",
    "http.request_content_length": "http.request.body.size",
    "http.response_content_length": "http.response.body.size",
    "http.resend_count": "http.request.resend_count",
    "net.peer.name": "server.address",
    "net.peer.port": "server.port",
    "net.host.name": "server.address",
    "net.host.port": "server.port",
    "net.sock.peer.addr": "network.peer.address",
    "net.sock.peer.port": "network.peer.port",
    "net.sock.host.addr": "network.local.address",
    "net.sock.host.port": "network.local.port",
    "net.protocol.name": "network.protocol.name",
    "net.protocol.version": "network.protocol.version",
    "net.app.protocol.name": "network.protocol.name",
    "net.app.protocol.version": "network.protocol.version",
    "net.transport": "network.transport",
    "net.host.connection.type": "network.connection.type",
    "net.host.connection.subtype": "network.connection.subtype",
    "net.host.carrier.name": "network.carrier.name",
    "tls.client.server_name": "server.address",
    "db.statement": "db.query.text",
    "db.system": "db.system.name",
    "db.name": "db.namespace",
    "db.redis.database_index": "db.namespace",
    "db.elasticsearch.cluster.name": "db.namespace",
    "db.operation": "db.operation.name",
    "db.sql.table": "db.collection.name",
    "db.mongodb.collection": "db.collection.name",
    "db.cosmosdb.container": "db.collection.name",
    "db.cassandra.table": "db.collection.name",
    "db.elasticsearch.node.name": "elasticsearch.node.name",
    "messaging.destination": "messaging.destination.name",
    "messaging.temp_destination": "messaging.destination.temporary",
    "messaging.message_id": "messaging.message.id",
    "messaging.conversation_id": "messaging.message.conversation_id",
    "messaging.operation": "messaging.operation.type",
    "messaging.client_id": "messaging.client.id",
    "messaging.consumer_id": "messaging.client.id",
    "messaging.consumer.id": "messaging.client.id",
    "messaging.kafka.client_id": "messaging.client.id",
    "messaging.rocketmq.client_id": "messaging.client.id",
    "messaging.message_payload_size_bytes": "messaging.message.body.size",
    "messaging.message.payload_size_bytes": "messaging.message.body.size",
    "messaging.kafka.partition": "messaging.destination.partition.id",
    "messaging.kafka.destination.partition": "messaging.destination.partition.id",
    "messaging.kafka.message.offset": "messaging.kafka.offset",
    "messaging.kafka.consumer.group": "messaging.consumer.group.name",
    "messaging.rocketmq.client_group": "messaging.consumer.group.name",
    "messaging.eventhubs.consumer.group": "messaging.consumer.group.name",
    "messaging.servicebus.destination.subscription_name": "messaging.destination.subscription.name",
    "rpc.system": "rpc.system.name",
    "rpc.connect_rpc.error_code": "rpc.response.status_code",
    "rpc.jsonrpc.request_id": "jsonrpc.request.id",
    "rpc.jsonrpc.version": "jsonrpc.protocol.version",
    "peer.service": "service.peer.name",
    "code.function": "code.function.name",
    "code.filepath": "code.file.path",
    "code.lineno": "code.line.number",
    "code.column": "code.column.number",
    "deployment.environment": "deployment.environment.name",
    "enduser.role": "user.roles",
    "faas.execution": "faas.invocation_id",
    "faas.id": "cloud.resource_id",
    "container.runtime": "container.runtime.name",
    "telemetry.auto.version": "telemetry.distro.version",
    "feature_flag.provider_name": "feature_flag.provider.name",
    "feature_flag.variant": "feature_flag.result.variant",
    "feature_flag.evaluation.reason": "feature_flag.result.reason",
    "gen_ai.system": "gen_ai.provider.name",
    "gen_ai.usage.prompt_tokens": "gen_ai.usage.input_tokens",
    "gen_ai.usage.completion_tokens": "gen_ai.usage.output_tokens",
}
_OLD_NAMES: dict[str, list[str]] = defaultdict(list)
for _old, _new in NEW_NAMES.items():
    _OLD_NAMES[_new].append(_old)


def names_of(name: str) -> tuple[str, ...]:
    """The name itself first. An old name finds its new one too, a new one all its old ones."""
    if name in NEW_NAMES:
        return name, NEW_NAMES[name]
    return name, *_OLD_NAMES.get(name, ())
