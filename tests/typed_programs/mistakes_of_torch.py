"""Mistakes with PyTorch. Of what a module returns when it is called, PyTorch's types say Any."""

import torch

import selu_sym.torch as st

st.selu(torch.ones(3)).no_such_method()  # mistake
st.alpha_dropout(torch.ones(3), 0.5, training="no")  # mistake
print(st.SELU(0.0, 1.0).fixed_point.no_such_field)  # mistake
