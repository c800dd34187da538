import base64
import re
from xml.etree import ElementTree

from adp_dagster.charts import line_chart, svg

SVG = "{http://www.w3.org/2000/svg}"


def test_a_chart_is_an_image_that_a_browser_can_read() -> None:
    markdown = line_chart("delays [min]", ["Jan", "Feb", "Mar"], {"a<b": [1, 2, 3]})
    found = re.fullmatch(r"!\[delays min\]\(data:image/svg\+xml;base64,([^)]+)\)", markdown)
    assert found is not None
    root = ElementTree.fromstring(base64.b64decode(found[1]))
    assert next(e.text for e in root.iter(f"{SVG}text")) == "delays [min]"
    assert "a<b" in [e.text for e in root.iter(f"{SVG}text")]


def test_a_missing_value_leaves_a_gap_in_the_line() -> None:
    root = ElementTree.fromstring(svg("t", ["1", "2", "3", "4"], {"s": [1.0, None, 2.0, 3.0]}))
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    assert len(list(root.iter(f"{SVG}circle"))) == 3


def test_charts_without_points_one_point_or_equal_values_are_drawn_too() -> None:
    for labels, series in (([], {}), (["1"], {"s": [0.0]}), (["1", "2"], {"s": [-2.0, -2.0]})):
        ElementTree.fromstring(svg("t", labels, series))
