"""C and C++ as it stands in a file, for those who change it: words, statements and functions, each with its place.

Rules see facts; a fixer needs the text. Both are made from one reading by the native front-end: a word that no
free-threaded build compiles is no word here either, and what stands around it can still be seen as a directive.
"""
