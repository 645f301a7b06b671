"""How certificates are checked: by other code than the search's.

``check`` verifies each statement of a file, with ``jets``, balls that carry their gradients.
"""
