from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from traces.api import views
from traces.api.diff import TraceDiff
from traces.api.download import Download
from traces.api.metrics import Metrics
from traces.api.peers import TracePeers

urlpatterns = [
    path("v1/traces", views.take_spans),
    path("api/spans", views.take_spans, name="spans"),
    path("api/traces", views.TraceList.as_view(), name="traces"),
    path("api/traces/<str:trace_id>", views.TraceSpans.as_view(), name="trace"),
    path("api/traces/<str:trace_id>/analysis", views.TraceAnalysis.as_view(), name="analysis"),
    path("api/traces/<str:trace_id>/peers", TracePeers.as_view(), name="peers"),
    path("api/compare/<str:a>/<str:b>", TraceDiff.as_view(), name="diff"),
    path("api/compare", views.GroupComparison.as_view(), name="compare-groups"),
    path("api/metrics", Metrics.as_view(), name="metrics"),
    path("api/services", views.ServiceList.as_view(), name="services"),
    path("api/services/<path:service>/operations", views.OperationList.as_view(), name="operations"),
    path("download.<str:kind>", Download.as_view(), name="download"),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
]
