"""What a query speaks of, and the operators it compares with; `core.meaning` puts them together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from traces.core.span import Kind, Status


class Op(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    OVER = ">"
    AT_LEAST = ">="
    UNDER = "<"
    AT_MOST = "<="
    MATCHES = "~"  # a regular expression of RE2's syntax, somewhere in the text
    NOT_MATCHES = "!~"
    WHOLLY_MATCHES = "=~"  # the whole text, as TraceQL has it
    CONTAINS = ":"  # in any case of letters


ORDERING = (Op.OVER, Op.AT_LEAST, Op.UNDER, Op.AT_MOST)
MATCHING = (Op.MATCHES, Op.NOT_MATCHES, Op.WHOLLY_MATCHES)
# Each of these is "there is a value" and not what stands beside it.
OPPOSITE = {Op.NOT_EQUAL: Op.EQUAL, Op.NOT_MATCHES: Op.MATCHES}


class Place(StrEnum):
    """Where an attribute is looked for."""

    ANY = ""  # the span or its resource
    SPAN = "span"
    RESOURCE = "resource"
    EVENT = "event"
    LINK = "link"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Key:
    """An attribute, by one of its names."""

    name: str
    place: Place = Place.ANY


class Field(StrEnum):
    """What each span has, in the query's spelling; behind each the type of its values."""

    SERVICE = "service"  # str
    NAME = "name"  # str
    KIND = "kind"  # Kind
    STATUS = "status"  # Status
    STATUS_MESSAGE = "status_message"  # str; empty where there is none
    DURATION = "duration"  # int, ns
    SELF_TIME = "self_time"  # int, ns: `core.self_time`
    ID = "span:id"  # bytes
    PARENT_ID = "span:parentID"  # bytes, as reported; no value where there is none
    EVENT_NAME = "event:name"  # str; a value for each event
    LINK_TRACE_ID = "link:traceID"  # bytes; a value for each link
    LINK_SPAN_ID = "link:spanID"  # bytes; a value for each link
    SCOPE_NAME = "scope:name"  # str
    SCOPE_VERSION = "scope:version"  # str


class Fact(StrEnum):
    """What each trace has, in the query's spelling; behind each the type of its values."""

    DURATION = "trace.duration"  # int, ns: the root's; the extent while there is no root
    EXTENT = "trace.extent"  # int, ns: earliest start to latest end
    SPANS = "trace.spans"  # int
    ERRORS = "trace.errors"  # int: spans with status error
    SERVICES = "trace.services"  # int: how many there are
    ORPHANS = "trace.orphans"  # int: spans whose parent isn't here
    ROOT_SERVICE = "trace.root_service"  # str; no value without a root
    ROOT_NAME = "trace.root_name"  # str; no value without a root
    ID = "trace.id"  # bytes


Subject: TypeAlias = Key | Field
TypedValue: TypeAlias = str | int | bytes | Kind | Status
DURATIONS = (Field.DURATION, Field.SELF_TIME, Fact.DURATION, Fact.EXTENT)
COUNTS = (Fact.SPANS, Fact.ERRORS, Fact.SERVICES, Fact.ORPHANS)
IDS = (Field.ID, Field.PARENT_ID, Field.LINK_TRACE_ID, Field.LINK_SPAN_ID, Fact.ID)
