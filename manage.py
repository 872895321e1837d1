#!/usr/bin/env python3
"""The one command-line door: `manage.py up` starts everything, `manage.py help` lists the rest."""

import os
import sys


def main() -> int:
    """Run a management command; a bad setting is one sentence and exit code 2, never a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracing_ui.settings")
    # Which ports' addresses the settings describe; they are read before the command is.
    if sys.argv[1:2] in (["collector"], ["gateway"]):
        os.environ["TRACING_UI_SERVES"] = sys.argv[1]
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        print(f"Tracing UI cannot start: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
