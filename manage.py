#!/usr/bin/env python
"""The command line: `manage.py serve` starts everything, `manage.py help` lists the rest."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracing_ui.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
