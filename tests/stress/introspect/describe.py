"""Models in a form that a test can compare, made in a process of their own: they import the extension."""

from typing import Any

from ungil.stress.introspect.introspect import models


def described(*arguments: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - those of models
    """The models that introspection found, each operation done once to a fresh subject."""
    found = []
    for model in models(*arguments):
        calls = {}
        for operation in model.operations:
            function, args, kwargs = operation.bind(model.make())
            try:
                calls[str(operation)] = repr(function(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - some do raise
                calls[str(operation)] = type(error).__name__
        found.append({"name": model.name, "owners": model.owners, "calls": calls})
    return found
