"""How certificates are found, by branch and bound; the functions of ``certify.claims`` call it.

``integrals`` encloses the parts of the layer map on a box, ``enclosures`` bounds what decides a
claim, ``extrema`` keeps what is known of each extremum, and ``search`` halves boxes until that is
enough. ``basins`` proves where a layer brings second moments nearer to a fixed one.
"""
