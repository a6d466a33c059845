"""Reading shared libraries, in a process of its own (``__main__``): nothing else of ungil imports what is here.

A file becomes images, the same for ELF, PE and Mach-O (``load``, ``image``). From a module's init function on, its
code is followed (``trace``; ``x86_64``, ``arm64``) to the definition and the slots that it hands to the interpreter
(``slots``), which say what it declares (``declaration``).
"""
