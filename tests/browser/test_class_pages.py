"""Buttons that open a page elsewhere: those of the class sets can be reached, on a desk and on a phone."""

import pytest

PAGES = [f"chapters/exercises/{name}.html" for name in ("foundations", "training", "images", "generative")]
MENUS = {".dropdown-launch-buttons": ["mybinder.org", "colab.research.google.com"], ".dropdown-download-buttons": ["_sources/chapters/exercises/"]}


@pytest.mark.parametrize("width", [1280, 360])
def test_binder_colab_and_download_open_inside_the_window(visit, width):
    for page in PAGES:
        tab = visit(page, width=width).tab
        for menu, wanted in MENUS.items():
            tab.locator(f"{menu} button").first.click()
            links = [link for link in tab.locator(f"{menu} a").all() if link.is_visible()]
            found = [link.get_attribute("href") for link in links]
            assert all(any(part in href and href.endswith(page.split("/")[-1].replace(".html", ".ipynb")) for href in found) for part in wanted), found
            for link in links:
                box = link.bounding_box()
                assert 0 <= box["x"] and box["x"] + box["width"] <= width, (page, link.get_attribute("href"), box)
            tab.keyboard.press("Escape")


def test_a_page_that_is_no_notebook_has_no_button_for_colab(visit):
    tab = visit("index.html").tab
    found = [link.get_attribute("href") for link in tab.locator(".dropdown-launch-buttons a").all()]
    assert len(found) == 1 and "mybinder.org" in found[0], found
