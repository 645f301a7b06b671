import json
from itertools import product
from pathlib import Path
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.preprocessing import StandardScaler
from selu_sym import balance, selu_parameters
from selu_sym.kernels import NNGP, NTK

SELU = selu_parameters(0.0, 1.0)
FILE = Path("16_infinite_width.json")
SETS = {"digits": load_digits, "breast cancer": load_breast_cancer, "wine": load_wine}
FOLDS = 5
KERNELS = {
    "NNGP, 4 layers": NNGP(SELU, 4),
    "NTK, 4 layers": NTK(SELU, 4),
    "NTK, 32 layers": NTK(SELU, 32),
    "NTK of ReLU, 4 layers": NTK(balance("relu"), 4),
}
RIDGES = (0.001, 0.01, 0.1)
SETTINGS = [FOLDS, *RIDGES]
kept = json.loads(FILE.read_text()) if FILE.exists() else {}
results = kept.get("accuracies", {}) if kept.get("settings") == SETTINGS else {}


def folds(name):
    """Return (training, test) examples of each fold, those of notebook 11."""
    x, y = SETS[name](return_X_y=True)
    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=11).split(x, y)
    return [((x[train], y[train]), (x[test], y[test])) for train, test in splits]


def accuracies(name, method, what):
    """Return the share of right answers by ridge, on a fold or on a part of the first one."""
    training, test = folds(name)[0 if what == "tuning" else what]
    if what == "tuning":
        x, other_x, y, other_y = train_test_split(
            *training, test_size=0.2, random_state=11, stratify=training[1]
        )
        training, test = (x, y), (other_x, other_y)
    scaler = StandardScaler().fit(training[0])
    x, other_x = scaler.transform(training[0]), scaler.transform(test[0])
    targets = np.eye(training[1].max() + 1)[training[1]] - 0.5
    kernel = KERNELS[method]
    gram, cross = kernel(x), kernel(other_x, x)
    size = np.mean(np.diag(gram))
    found = {}
    for ridge in RIDGES:
        machine = KernelRidge(alpha=ridge, kernel="precomputed").fit(gram / size, targets)
        answers = np.argmax(machine.predict(cross / size), axis=1)
        found[f"{ridge:g}"] = float(np.mean(answers == test[1]))
    return found


for name, method in product(reversed(SETS), KERNELS):
    if (name, method) == ("digits", "NTK, 32 layers"):
        continue
    for what in ("tuning", *range(FOLDS)):
        key = f"{name} | {method} | {what}"
        if key not in results:
            results[key] = accuracies(name, method, what)
            FILE.write_text(
                json.dumps({"settings": SETTINGS, "accuracies": results}, indent=1) + "\n"
            )
            print(key, results[key], flush=True)
