"""Prints, after the benchmarks, what each took as a ratio to its peer."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the ratios. A benchmark's peer is the one of its group that says ``peer=True``."""
    session = getattr(terminalreporter.config, "_benchmarksession", None)
    if session is None or not session.benchmarks:
        return
    groups: dict[str, list] = {}
    for result in session.benchmarks:
        groups.setdefault(result.group, []).append(result)
    terminalreporter.section("ratios of the medians")
    for name, results in groups.items():
        (peer,) = (result for result in results if result.extra_info.get("peer"))
        for result in results:
            if result is peer:
                continue
            ratio = seconds_each(result) / seconds_each(peer)
            label, other = (x.extra_info["label"] for x in (result, peer))
            if ratio < 0.1:
                text = f"{label} is {1 / ratio:,.0f} times as fast as {other}"
            else:
                text = f"{label} takes {ratio:.2f} times as long as {other}"
            terminalreporter.write_line(f"{name}: {text}")


def seconds_each(result) -> float:
    """Return the seconds that one of the things computed took."""
    return result.stats.median / result.extra_info.get("count", 1)
