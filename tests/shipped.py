"""The settings as shipped, read once for each process that runs tests: reading them takes a third of a second."""

from functools import cache

from crawler.analysis import Tools
from settings import load_settings
from settings.model import Settings


@cache
def read_shipped() -> Settings:
    return load_settings(None, {})


@cache
def compile_shipped() -> Tools:
    return Tools(read_shipped())
