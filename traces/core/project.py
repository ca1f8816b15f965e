"""The project that all traces and saved searches belong to, until there is a second."""

PROJECT = 1
