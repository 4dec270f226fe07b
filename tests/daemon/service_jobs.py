"""Work for sender processes in tests: the same sending, to a loopback server that stands for a service's own host."""

from importlib import import_module

from scheduler.alerts.service_worker import Report, send_text

HOSTS = {"slack": "webhook_url", "discord": "notify_url", "tgram": "notify_url"}
"""Services whose host no address can name, and where Apprise says it."""


def send_to_stand_in(scheme: str, base: str, url: str, title: str, body: str) -> Report:
    """What `send_text` does, with the service at `base`."""
    if scheme in HOSTS:
        plugins = import_module("apprise.manager_plugins").NotificationManager()
        setattr(plugins[scheme], HOSTS[scheme], f"{base}/{scheme}")
    return send_text(url, title, body, True)
