"""The settings as shipped, read once for each process that runs tests: reading them takes a third of a second."""

from functools import cache

from crawler.analysis import Tools, analyse
from crawler.match.matcher import Matcher
from crawler.models import Analysis, Material
from settings import load_settings
from settings.model import Settings


@cache
def read_shipped() -> Settings:
    return load_settings(None, {})


@cache
def compile_shipped() -> Tools:
    return Tools(read_shipped())


@cache
def compile_names() -> Matcher:
    """Without rules: in use for ever, so that rules which bring no words of their own are compiled in no time."""
    return Matcher(read_shipped().gazetteer, ())


def analyse_honest_page() -> Analysis:
    """Has everything compiled that is compiled at first need."""
    text = "Two explosive drones struck Ain al-Asad air base in western Iraq on Sunday, officials in Baghdad said. " * 4
    page = f"<html lang=en><title>News</title><body><article><h1>News</h1><p>{text}</p></article></body></html>"
    return analyse(Material(page.encode(), "html"), compile_shipped())
