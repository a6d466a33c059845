"""The one extension module of shelfcount."""

from setuptools import Extension, setup  # type: ignore[import-untyped]  # it ships no types

setup(ext_modules=[Extension("shelfcount", ["shelfcount.c"])])
