"""docs/settings.md says what settings/model.py says."""

import importlib.util
from pathlib import Path

MAKER = Path(__file__).parents[2] / "docs" / "make_settings.py"


def test_the_page_of_settings_is_what_the_model_says() -> None:
    spec = importlib.util.spec_from_file_location("make_settings", MAKER)
    assert spec
    assert spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)

    assert maker.PAGE.read_text(encoding="utf-8") == maker.make_page(), "run: python docs/make_settings.py"
