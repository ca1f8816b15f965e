"""TraceQL as Tempo's documentation writes it, each form once: it means the same here, or is refused by its name."""

from __future__ import annotations

import pytest

from traces.search import BadQuery, parse, query_text

SAME = [
    # Selecting spans.
    ("{ }", "{}"),
    ('{resource.service.name = "web" && name = "POST /pay"}', '{resource.service.name=web name="POST /pay"}'),
    ('{\n  resource.k8s.pod.name = "a" &&\n  name = "b"\n}', "{resource.k8s.pod.name=a name=b}"),
    ("{ span.http.status_code >= 200 && span.http.status_code < 300 }",
     "{span.http.status_code>=200 span.http.status_code<300}"),
    ('{ span.http.method = "DELETE" && status != ok }', "{span.http.method=DELETE status!=ok}"),
    ("{ http.status_code = 500 }", "http.status_code=500"),
    ("{ .http.status_code = 500 }", "http.status_code=500"),
    ('{ span.http.status_code >= "400" }', "span.http.status_code>=400"),
    ('{ span.db.system =~ "mysql|postgresql" }', 'span.db.system=~"mysql|postgresql"'),
    ("{ name = `GET /` }", 'name="GET /"'),
    ('{ (status = error) && (name = "a" || name = "b") }', "{status=error (name=a or name=b)}"),
    ('{ !(span.a = "x") }', "{not span.a=x}"),
    # Intrinsics, in the short and in the scoped spelling.
    ("{ span:status = ok && status = unset }", "{status=ok status=unset}"),
    ('{ span:statusMessage = "No" && statusMessage = "No" }', "{status_message=No status_message=No}"),
    ("{ span:duration > 100ms && duration < 1m30s }", "{duration>100ms duration<90s}"),
    ('{ span:name = "a" }', "name=a"),
    ("{ span:kind = server || kind = unspecified }", "{kind=server or kind=unspecified}"),
    (f'{{ span:id = "{1:016x}" && span:parentID = "{2:016x}" }}', f"{{span:id={1:016x} span:parentID={2:016x}}}"),
    ("{ trace:duration > 5s && traceDuration < 10s }", "{trace.duration>5s trace.duration<10s}"),
    ('{ trace:rootName = "a" && rootName = "a" }', "{trace.root_name=a trace.root_name=a}"),
    ('{ trace:rootService = "a" && rootServiceName = "a" }', "{trace.root_service=a trace.root_service=a}"),
    (f'{{ trace:id = "{1:032x}" }}', f"{{trace.id={1:032x}}}"),
    ('{ event:name = "exception" }', "event:name=exception"),
    (f'{{ link:spanID = "{1:016x}" && link:traceID = "{1:032x}" }}', f"{{link:spanID={1:016x} link:traceID={1:032x}}}"),
    ('{ instrumentation:name = "grpc" && instrumentation:version = "1.0" }', "{scope:name=grpc scope:version=1.0}"),
    # Attributes of each scope, and quoted ones.
    ('{ event.exception.message =~ ".*went wrong.*" }', 'event.exception.message=~".*went wrong.*"'),
    ('{ link.opentracing.ref_type = "child_of" }', "link.opentracing.ref_type=child_of"),
    ('{ instrumentation.language = "java" }', "scope.language=java"),
    ('{ span."two words" = "x" }', 'span."two words"=x'),
    ('{ span.first."two words" = "x" }', 'span."first.two words"=x'),
    (r'{ span."a \" and \\" = "x" }', r'span."a \" and \\"=x'),
    # Literals.
    ("{ span.retries > -1 && span.ratio > 1.5 }", "{span.retries>-1 span.ratio>1.5}"),
    ("{ span.a != minInt && span.a < maxInt }", f"{{span.a!={-(1 << 63)} span.a<{(1 << 63) - 1}}}"),
    ("{ span.a = nil }", "{-span.a exists}"),
    ("{ resource.a != nil }", "resource.a exists"),
    ("{ span.hit = true }", 'span.hit="true"'),
    ("{ span.hit || span.http.status_code = 500 }", '{span.hit="true" or span.http.status_code=500}'),
    ("{ .a && .b }", '{a="true" b="true"}'),
    # Several spans.
    ('{ resource.a = "x" } && { resource.a = "y" }', "resource.a=x resource.a=y"),
    ('{ resource.a = "x" } || { resource.a = "y" }', "resource.a=x or resource.a=y"),
    ("{ .a = 1 && status = ok } && { .b = 1 && status != ok }", "{a=1 status=ok} {b=1 status!=ok}"),
    *((f'{{ .a = 1 }} {sign} {{ .b = 1 }}', f"{{a=1}} {sign} {{b=1}}")
      for base in (">>", "<<", ">", "<", "~") for sign in (base, f"!{base}", f"&{base}")),
    ("({ .a = 1 } >> { .b = 1 }) && { .c = 1 }", "({a=1} >> {b=1}) {c=1}"),
    ("{ .a = 1 } >> ({ .b = 1 } || { .c = 1 })", "{a=1} >> (b=1 or c=1)"),
    # Pipelines.
    ("count() > 10", "{} | count() > 10"),
    ("avg(duration) > 20ms", "{} | avg(duration)>20ms"),
    ("{ } | sum(span.bytes) > 1000000000", "{} | sum(span.bytes) > 1000000000"),
    ("{ } | min(duration) >= 1s | max(.a) != 2", "{} | min(duration)>=1s | max(a)!=2"),
    ("{ status = error } | by(resource.service.name) | count() > 1",
     "{status=error} | by(resource.service.name) | count()>1"),
    ("{ status = error } | select(span.http.url, name)", "{status=error} | select(span.http.url,name)"),
    ("({ .a = 1 } | count() > 1) || ({ .b = 1 } | count() > 1)", "({a=1} | count() > 1) or ({b=1} | count() > 1)"),
    # Metrics.
    ("{ status = error } | rate()", "{status=error} | rate()"),
    ("{ status = error } | rate() by (resource.service.name, name)",
     "{status=error} | rate() by(resource.service.name,name)"),
    ("{ name = `a` } | count_over_time() by (instrumentation:name)", "{name=a} | count_over_time() by(scope:name)"),
    ("{ } | quantile_over_time(duration, .99, 0.5) by (.a)", "{} | quantile_over_time(duration,0.99,0.5) by(a)"),
    ("{ } | histogram_over_time(duration)", "{} | histogram_over_time(duration)"),
]  # fmt: skip


@pytest.mark.parametrize(("traceql", "ours"), SAME)
def test_traceql_means_the_same_here(traceql: str, ours: str) -> None:
    meaning = parse(traceql)
    assert meaning == parse(ours)
    assert parse(query_text(meaning)) == meaning


@pytest.mark.parametrize(
    ("traceql", "says"),
    [
        ("{ span:childCount = 0 }", "span:childCount isn't supported"),
        ("{ event:timeSinceStart > 2ms }", "event:timeSinceStart isn't supported"),
        ("{ nestedSetParent < 0 }", "nestedSetParent isn't supported"),
        ('{ parent.service.name = "x" }', "parent.service.name isn't supported"),
        ('{ parent."two words" = "x" }', "expected one of span."),
        ('{ trace:id = "1234" }', "expected 32 hexadecimal digits"),
        ('{ span:parentID = "1234" }', "expected 16 hexadecimal digits"),
        ("{ span.bytes > 10 * 1024 }", "arithmetic isn't supported"),
        ("{ } | avg(span.a + 1) > 2", "arithmetic isn't supported"),
        ("{ } with (most_recent=true)", "with() isn't supported"),
        ('{ .a = 1 } >> { status = error } with(most_recent=true)', "with() isn't supported"),
        ("{ } | rate() with(sample=true)", "with() isn't supported"),
        ("{ .a = 1 } | compare({status=error})", "compare() isn't supported"),
        ("{ } | compare({status=error}, 5, 1, 2)", "compare() isn't supported"),
        ("{ .a = 1 } | coalesce()", "coalesce() isn't supported"),
        ("{ status }", "status: expected something to compare it with"),
        ("{ true }", "true: expected a condition"),
    ],
)  # fmt: skip
def test_what_isnt_supported_is_refused_by_its_name(traceql: str, says: str) -> None:
    with pytest.raises(BadQuery) as refused:
        parse(traceql)
    assert says in str(refused.value)
