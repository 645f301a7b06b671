"""Computer-checked proofs about the layer map. Needs the extra ``certify`` (pydantic).

Each function takes a SELU and a box of (mu, omega, nu, tau), and proves or refutes a claim for
*every* layer in the box. The inputs of a layer have mean mu and variance nu; its weights have the
sum omega and the sum of squares tau. The theorems of the SELU paper are such claims.

The result is a :class:`Certificate`: what was proved, with an enclosure of the extremum that
decides the claim. It can be saved to a file. :func:`check` verifies the file with independent code:
the search and the check share only the conversion of fractions to balls and the reading of files.

**How.** The claims depend on mu and omega through the net input's mean m = mu omega, and on nu and
tau through its variance v = nu tau. For given (m, v) the worst omega, tau or nu is known: the
singular value grows with abs(omega) and tau, and the change of the variance falls with nu. This
reduces four dimensions to two, exactly. Branch and bound halves boxes of (m, v) until the bounds of
``selu_sym.certify._search.enclosures`` decide.

**Where.** With ``executor=None`` the search runs in this process, and on this machine's other
processors once there is enough work. Any ``concurrent.futures.Executor`` will do; for a cluster,
pass ``dask.distributed.Client(...).get_executor()``. The certificate is the same wherever it is
computed.

``claims`` and ``basins`` have the functions, ``certificate`` their results, and ``schema`` says
what a file holds. ``_search`` finds certificates and ``_check`` checks them.

Searches of more than some thousand boxes start processes. So, as always with
``multiprocessing``, a script must call them below ``if __name__ == "__main__":``.
"""

from __future__ import annotations

import sys

try:
    import pydantic  # noqa: F401 - the modules below need it; only this one has to say so
except ImportError as error:
    raise ImportError(
        "selu_sym.certify needs pydantic and tqdm: pip install pydantic tqdm"
    ) from error

from selu_sym._names import name_publicly
from selu_sym.certify._check.check import check
from selu_sym.certify._search.extrema import Extremum
from selu_sym.certify.basins import BasinCertificate, basin
from selu_sym.certify.certificate import Certificate
from selu_sym.certify.claims import (
    contraction,
    invariance,
    repulsion,
    resume,
    variance_decreases,
    variance_increases,
)
from selu_sym.certify.schema import CertificateError

__all__ = [
    "BasinCertificate",
    "Certificate",
    "CertificateError",
    "Extremum",
    "basin",
    "check",
    "contraction",
    "invariance",
    "repulsion",
    "resume",
    "variance_decreases",
    "variance_increases",
]

name_publicly(sys.modules[__name__], __all__)
