"""What a project depends on, and what there is of it for a free-threaded build.

``read`` turns a lock file, a requirements file, a project or an environment into a ``Tree``; what nobody has resolved,
the user's own resolver does (``resolve``). ``ungil.index`` tells what each project has released, ``judge`` what of that
the target takes, ``rules`` what there is to say about it. ``check`` does all of that, and never imports or builds
anything of what it reads.
"""
