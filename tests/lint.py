"""What every page must be."""

import html5lib


def check_page(html: str, path: str) -> None:
    """Raise AssertionError with what is wrong and where."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    parser.parse(html)
    faults = [f"line {place[0]}: {name}" for place, name, _ in parser.errors]
    assert not faults, f"{path} is not HTML: {faults[:5]}"
