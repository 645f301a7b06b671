"""The subcommands of ``selu-sym``, which are about any activation.

* ``run``: which subcommands there are; reads the command line, and prints what they find
* ``gain``: ``selu-sym gain gelu``
* ``transformed``: ``selu-sym balance gelu`` and ``selu-sym shape gelu 48``
* ``words``: what is written on the command line, as numbers and weight models
"""
