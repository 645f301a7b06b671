"""Leaves the modules out that need PyTorch, where it is not installed."""

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["selu_sym/**/*torch*.py"]
