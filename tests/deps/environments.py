"""Environments and wheels that hold nothing but their metadata, and extension modules that a test gives them."""

import zipfile
from pathlib import Path


def install(
    site: Path, name: str, version: str, *requires: str, direct_url: str = "", files: tuple[Path, ...] = ()
) -> None:
    """Lays a package's metadata into a site-packages folder, with files that lie there already."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    (info / "METADATA").write_text("\n".join([*lines, "", "Long description"]), encoding="utf-8")
    if direct_url:
        (info / "direct_url.json").write_text(direct_url, encoding="utf-8")
    record = [f"{file.relative_to(site).as_posix()},," for file in files]
    (info / "RECORD").write_text("\n".join([*record, f"{info.name}/METADATA,,", ""]), encoding="utf-8")


def environment(folder: Path) -> Path:
    """The site-packages folder of a virtual environment that is otherwise empty."""
    site = folder / "lib" / "python3.14t" / "site-packages"
    site.mkdir(parents=True)
    (folder / "pyvenv.cfg").touch()
    return site


def wheel(folder: Path, filename: str, *requires: str) -> Path:
    """A wheel without any module, in a folder."""
    name, version, *_ = filename.split("-")
    info = f"{name}-{version}.dist-info"
    tag = "-".join(filename.removesuffix(".whl").split("-")[-3:])
    metadata = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
        *(f"Requires-Dist: {one}" for one in requires),
    ]
    path = folder / filename
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", "\n".join([*metadata, ""]))
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path
