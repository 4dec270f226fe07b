"""Values: what to watch, what to look for, how to run. Imports nothing of ours."""

from settings.errors import SettingsError as SettingsError
from settings.load import load_settings as load_settings
