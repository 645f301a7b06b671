"""How certificates are found: branch and bound.

``integrals`` encloses the parts of the layer map on a box, ``enclosures`` what decides a claim,
``extrema`` says which extremum that is, and ``search`` halves boxes until it is known.
"""
