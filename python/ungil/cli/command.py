"""What every command module is given."""

from __future__ import annotations

import argparse

__all__ = ["Subparsers"]

type Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it
