"""The pages' addresses. Ids are read leniently and redirected to their one spelling."""

from __future__ import annotations

from django.urls import path

from traces.pages.complete import complete_page
from traces.pages.diff.choosing import compare_page
from traces.pages.diff.page import diff_page
from traces.pages.diff.text import diff_text
from traces.pages.diff.with_peer import compare_with
from traces.pages.downloading import download_progress, start_download, stop_download
from traces.pages.findings import findings_page
from traces.pages.groups import groups_text
from traces.pages.list import list_page
from traces.pages.open import open_page
from traces.pages.otlp import trace_otlp
from traces.pages.peers import span_peers, trace_peers
from traces.pages.reader import settings_page
from traces.pages.sample import load_sample, remove_sample
from traces.pages.saved import remove_search, save_search
from traces.pages.send import send_page
from traces.pages.span import span_json, span_page
from traces.pages.text import trace_text
from traces.pages.trace import trace_page

urlpatterns = [
    path("", list_page, name="list"),
    path("complete", complete_page, name="complete"),
    path("compare", compare_page, name="groups"),
    path("compare.txt", groups_text, name="groups-text"),
    path("downloading.<str:kind>", start_download, name="start-download"),
    path("downloading/<str:token>", download_progress, name="download-progress"),
    path("downloading/<str:token>/stop", stop_download, name="stop-download"),
    path("open", open_page, name="open"),
    path("send", send_page, name="send"),
    path("saved", save_search, name="save-search"),
    path("saved/remove", remove_search, name="remove-search"),
    path("compare", compare_page, name="compare"),
    path("compare/<str:a>/<str:b>.txt", diff_text, name="diff-text"),
    path("compare/<str:a>/<str:b>", diff_page, name="diff"),
    path("sample/load", load_sample, name="load-sample"),
    path("sample/remove", remove_sample, name="remove-sample"),
    path("settings", settings_page, name="settings"),
    path("traces/<str:trace_id>.otlp.json", trace_otlp, name="trace-otlp"),
    path("traces/<str:trace_id>.txt", trace_text, name="trace-text"),
    path("traces/<str:trace_id>", trace_page, name="trace"),
    path("traces/<str:trace_id>/findings", findings_page, name="findings"),
    path("traces/<str:trace_id>/compare", compare_with, name="compare-with"),
    path("traces/<str:trace_id>/peers", trace_peers, name="trace-peers"),
    path("traces/<str:trace_id>/spans/<str:span_id>", span_page, name="span"),
    path("traces/<str:trace_id>/spans/<str:span_id>/json", span_json, name="span-json"),
    path("traces/<str:trace_id>/spans/<str:span_id>/peers", span_peers, name="span-peers"),
]
