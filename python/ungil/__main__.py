"""``python -m ungil`` is the ``ungil`` command."""

from __future__ import annotations

import sys

from ungil.cli import main

if __name__ == "__main__":
    sys.exit(main())
