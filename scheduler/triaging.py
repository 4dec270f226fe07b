"""What the commands that mark alerts share: which alert is meant, and who speaks."""

import getpass

from crawler.errors import StoreError
from crawler.store.store import Store


def find_alert(store: Store, beginning: str) -> str:
    """The whole id. Raises LookupError in words for people."""
    match store.find_alerts(beginning):
        case [alert_id]:
            return alert_id
        case []:
            raise LookupError(f"no alert has an id that begins with {beginning!r}: see basewatch alerts")
        case _:
            raise LookupError(f"several alerts have ids that begin with {beginning!r}: give more of it")


def who_speaks(by: str) -> str:
    if by:
        return by
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise StoreError("your user name is not known: say who you are with --by") from error
