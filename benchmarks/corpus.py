"""The reference corpus: Debian's openclipart-png, public domain, 8,000 names in folders."""

from pathlib import Path

OPENCLIPART = Path("/usr/share/openclipart/png")

RECIPE = f"""
name: openclipart
version: 1.0.0
description: all of Debian's openclipart
collect:
  sources: [{{source: folder, path: {OPENCLIPART}, license: public-domain}}]
filter: {{encoder: embedded}}
caption: {{captioner: embedded}}
release: {{license: cc0-1.0, pretty_name: openclipart}}
"""


def pictures() -> list[Path]:
    """All pictures, in order. Raises SystemExit with the command that installs them."""
    found = sorted(OPENCLIPART.rglob("*.png"))
    if not found:
        raise SystemExit("this benchmark needs: apt-get install openclipart-png")
    return found
