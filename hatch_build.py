"""The description for package indexes: the README, without the links that lead nowhere there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE_LINK = re.compile(r"!?\[([^\]]*)\]\((?!https?:|#)[^)]*\)")


class IndexReadme(MetadataHookInterface):
    """Keep the words of links to files of the repository, and what a picture shows."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Fill in the field ``readme``."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        words = RELATIVE_LINK.sub(r"\1", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": words}
