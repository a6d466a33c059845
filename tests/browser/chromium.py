"""Prints the path of a Chromium; where there is none, as root on Debian, it is installed.

python tests/browser/chromium.py: exit code 2 and what to do on standard error, if none can be had. $CHROMIUM names one.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120")
DEADLINE = 600


def main() -> str | None:
    """What is wrong, or nothing."""
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else _on_path() or _installed()
    if found:
        print(found)
        return None
    if named:
        return f"CHROMIUM is {named}, which is no program: set it to the path of a Chromium, or unset it"
    return "There is no Chromium: install one (on Debian: apt install chromium), or set CHROMIUM to its path"


def _on_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _installed() -> str | None:
    """The one of Debian; Ubuntu's package only points to another store."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    if platform.freedesktop_os_release().get("ID") != "debian":
        return None
    print("Installing chromium", file=sys.stderr)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update",), ("install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core")):
        try:
            subprocess.run((*APT, *arguments), env=environment, stdout=sys.stderr, timeout=DEADLINE, check=True)
        except (subprocess.SubprocessError, OSError) as error:
            print(f"It could not be installed: {error}", file=sys.stderr)
            return None
    return _on_path()


if __name__ == "__main__":
    if problem := main():
        print(problem, file=sys.stderr)
        sys.exit(2)
