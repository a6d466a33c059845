"""Build the two versions, import them, and ship the one that deserves it."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

from telling import screen
from telling.commands import ROOT, Story, expect, run, tool

IMPORT = 'import sys, shelfcount; print("the GIL is", "on" if sys._is_gil_enabled() else "off")'
GIL_QUESTION = "the GIL after import"


def only_wheel(folder: Path) -> Path:
    """The one wheel in a folder."""
    wheels = list(folder.glob("*.whl"))
    expect(len(wheels) == 1, f"{len(wheels)} wheels were built where one was expected")
    return wheels[0]


def copy(story: Story, version: str, name: str) -> Path:
    """A copy of a version's folder, without what a build left there."""
    leftovers = shutil.ignore_patterns("build", "dist", "*.egg-info", "__pycache__", "*.so", "*.pyd")
    return Path(shutil.copytree(ROOT / "examples" / version, story.work / name, ignore=leftovers))


def build(story: Story, version: str) -> None:
    """Build a wheel from a copy of the version's folder, and install it in a folder of its own."""
    if not (story.work / version).exists():
        copy(story, version, version)
    dist = story.work / f"{version}-dist"
    python = ("--python", sys.executable)
    source = str(story.work / version)
    local = ("--offline", "--no-build-isolation")  # with the setuptools of this interpreter, without network
    tool(story, story.uv, "build", "--quiet", "--wheel", *local, *python, "--out-dir", str(dist), source)
    wheel = only_wheel(dist)
    tool(
        story, story.uv, "pip", "install", "--quiet", *python, "--no-index", "--target", story.site(version), str(wheel)
    )


def import_before(story: Story) -> None:
    """Import the version that declares nothing."""
    ran = run(story, sys.executable, "-c", IMPORT, cwd=story.work, PYTHONPATH=story.site("before"))
    warned = "RuntimeWarning" in ran.output and "has been enabled to load module 'shelfcount'" in ran.output
    expect(ran.code == 0 and warned and "the GIL is on" in ran.output, "the import did not turn the GIL on")
    story.answer("before", GIL_QUESTION, "on, with a warning")


def import_declared(story: Story, version: str) -> None:
    """Import a version that declares that it does not need the GIL; a warning would be an error."""
    ran = run(story, sys.executable, "-W", "error", "-c", IMPORT, cwd=story.work, PYTHONPATH=story.site(version))
    expect(ran.code == 0 and "the GIL is off" in ran.output, "the import did not leave the GIL off")
    story.answer(version, GIL_QUESTION, "off, no warning")


def repair(story: Story) -> Path:
    """Give the wheel the tag that says on which Linux systems it runs; elsewhere it stays as it was built."""
    built = only_wheel(story.work / "after-dist")
    if sys.platform != "linux":
        screen.say("     auditwheel is for Linux: this wheel stays as it was built")
        return built
    house = story.work / "wheelhouse"
    tool(story, sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", str(house), str(built))
    screen.shown(
        "The tag follows from the newest glibc symbol that the module uses, so from the glibc it is built against."
    )
    return only_wheel(house)


def import_from(story: Story, wheel: Path) -> None:
    """Import the wheel in a new environment that has nothing else in it."""
    clean = story.work / "clean"
    tool(story, story.uv, "venv", "--quiet", "--python", sys.executable, str(clean))
    scripts = sysconfig.get_path("scripts", "venv", {"base": str(clean), "installed_base": str(clean)})
    python = str(Path(scripts) / f"python{sysconfig.get_config_var('EXE') or ''}")
    tool(story, story.uv, "pip", "install", "--quiet", "--python", python, "--no-index", str(wheel))
    ran = run(story, python, "-I", "-W", "error", "-c", IMPORT, cwd=story.work)
    expect(ran.code == 0 and "the GIL is off" in ran.output, "the wheel's import did not leave the GIL off")


def ship(story: Story) -> None:
    """Repair the wheel and prove it where nothing but the wheel is installed."""
    wheel = repair(story)
    tag = f"-cp3{sys.version_info.minor}-cp3{sys.version_info.minor}t-"
    expect(tag in wheel.name, f"{wheel.name} is not tagged for this free-threaded build")
    import_from(story, wheel)
    story.answer("after", "the wheel", wheel.name)
