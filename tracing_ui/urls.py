from django.urls import include, path

urlpatterns = [
    path("", include(("traces.api.urls", "api"))),
    path("", include(("traces.pages.urls", "traces"))),
]

handler500 = "traces.pages.errors.server_error"
