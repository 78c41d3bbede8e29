"""Sphinx: Markdown by MyST, the furo theme, nothing loaded from anywhere else. build.py says which folder is read."""

from typing import Any

project = "postfusion"
author = "The postfusion authors"
extensions = ["myst_parser"]
nitpicky = True
smartquotes = False  # the words of a rule stay as they are
myst_heading_anchors = 4

html_theme = "furo"
html_title = "postfusion"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_favicon = "../../service/web/static/icon.svg"
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
_LIGHT = {"ink": "#1d2733", "paper": "#fbfbf9", "side": "#f3f4f1", "line": "#d5d9dd", "soft": "#5a6672", "link": "#0b5c8a"}
_DARK = {"ink": "#e3e7ea", "paper": "#14181c", "side": "#191e23", "line": "#37404a", "soft": "#9aa6b1", "link": "#7cc0ea"}


def _colours(of: dict[str, str]) -> dict[str, str]:
    """The colours of the service's own pages under furo's names."""
    return {
        "color-foreground-primary": of["ink"],
        "color-foreground-secondary": of["soft"],
        "color-foreground-muted": of["soft"],
        "color-background-primary": of["paper"],
        "color-background-secondary": of["side"],
        "color-background-border": of["line"],
        "color-brand-primary": of["link"],
        "color-brand-content": of["link"],
        "color-brand-visited": of["link"],
        "font-stack": "system-ui, sans-serif",
        "font-stack--monospace": "ui-monospace, monospace",
    }


def _levels(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Say how deep the headings of the tree at the side are: a heading of no level tells a screen reader nothing."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: Any) -> None:
    app.connect("html-page-context", _levels, priority=900)  # after the theme has made the tree


html_theme_options = {"light_css_variables": _colours(_LIGHT), "dark_css_variables": _colours(_DARK)}
