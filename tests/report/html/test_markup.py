"""Elements: text is escaped, elements are not, attributes are written once and safely."""

from __future__ import annotations

from stepdown.report.html.markup import h, inside


def test_text_is_escaped_and_elements_are_not() -> None:
    assert h("p", "a < b & c ", h("b", "<script>")) == "<p>a &lt; b &amp; c <b>&lt;script&gt;</b></p>"
    assert inside(["<", [h("i", ">"), None]]) == "&lt;<i>&gt;</i>"


def test_attributes_are_escaped_named_and_left_out() -> None:
    assert h("a", "x", href='"><script>', cls="k") == '<a href="&quot;&gt;&lt;script&gt;" class="k">x</a>'
    assert h("div", aria_label="n", tabindex=0, hidden=True, id=None, open=False) == (
        '<div aria-label="n" tabindex="0" hidden></div>'
    )
    assert h("meta", http_equiv="x") == '<meta http-equiv="x">'
