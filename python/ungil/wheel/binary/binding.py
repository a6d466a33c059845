"""What a library was written with, by what the tools leave in it."""

from __future__ import annotations

__all__ = ["binding"]

_TRACES = (
    ("nanobind", b"nanobind"),
    ("pybind11", b"pybind11"),
    ("PyO3", b"pyo3"),
    ("cffi", b"_init_cffi_1_0_external_module"),
    ("Cython", b"cython_runtime"),
    ("SWIG", b"swig_runtime_data"),
    ("f2py", b"fortran_object"),
    ("f2py", b"f2py"),
    ("Boost.Python", b"5boost6python"),
    ("mypyc", b"CPy_"),
)


def binding(data: bytes) -> str:
    """The name of the binding library or compiler; ``C`` where none left a trace."""
    return next((name for name, trace in _TRACES if trace in data), "C")
