"""How much more two threads do than one: which operation is timed (``candidates``), how (``rounds``), and where.

``measure`` times it on the free-threaded and on the GIL-enabled build by turns: what disturbs one disturbs both.
"""
