"""Wheels: tag, binary and behaviour.

``check`` looks at one wheel: its archive (``archive``), what it says of itself (``contents``), its names (``names``).
Every library is read in a child process (``reading``, ``binary``), and the modules that an interpreter at hand can run
(``hosts``) are run in another (``probing``, ``probes``). That gives a ``Wheel`` (``model``), from which rules make
findings (``rules``).
"""
