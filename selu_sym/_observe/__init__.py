"""The part of ``observe`` that needs no framework.

``steps`` are what the layers of a network did with examples. ``findings`` are what is wrong with
these. The ``report`` shows both to readers.
"""
