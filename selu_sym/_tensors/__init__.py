"""What the frameworks share.

``by_rule`` finds alpha and scale as tensors that can be differentiated. ``random_bits`` makes the
random numbers of masks, by a hash. ``dropout`` has the constants of alpha dropout.
"""
