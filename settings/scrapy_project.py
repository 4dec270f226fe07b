"""Scrapy's own knobs; scrapy.cfg points here. What an outlet may do to us is bounded in this file.

Each line differs from Scrapy's default for a reason; tests assert every one of them.
"""

from importlib.metadata import version

BOT_NAME = "basewatch"
SPIDER_MODULES = ["spiders"]
USER_AGENT = f"basewatch/{version('basewatch')}"
"""`run.contact` is appended by the daemon."""

# No door into this process: both servers run code that is sent to them.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Only http and https, only to addresses that the guard lets through, never by way of a proxy that resolves for itself.
DOWNLOAD_HANDLERS_BASE: dict[str, str] = {}
DOWNLOAD_HANDLERS = {
    "http": "spiders.transport.GuardedHandler",
    "https": "spiders.transport.GuardedHandler",
}
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
HTTPPROXY_ENABLED = False

# Bounds for one answer.
DOWNLOAD_MAXSIZE = 4 << 20
DOWNLOAD_WARNSIZE = 2 << 20
DOWNLOAD_TIMEOUT = 30
URLLENGTH_LIMIT = 2083
MEMUSAGE_LIMIT_MB = 2048

# Politeness; the daemon sets delay and concurrency from run.yaml.
CONCURRENT_REQUESTS = 64
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 3
DOWNLOAD_DELAY_JITTER = 0
ROBOTSTXT_OBEY = False
"""Scrapy's reading of it; ours is RobotsGate below, by RFC 9309."""

# We tell nobody where we come from and remember nothing for them.
COOKIES_ENABLED = False
REFERER_ENABLED = False
METAREFRESH_ENABLED = False
REDIRECT_ENABLED = False
"""Redirects are followed by RedirectGate, at most so often."""
REDIRECT_MAX_TIMES = 5

# Nothing that ours replace or that has no work here: every poll would pay microseconds for it, every start its imports.
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES = {
    "spiders.middleware.RobotsGate": 100,
    "spiders.middleware.HostManners": 150,
    "spiders.middleware.SecondTry": 550,
    "spiders.middleware.Unpacking": 590,
    "spiders.middleware.RedirectGate": 600,
}
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
"""The store knows what was fetched; Scrapy's filter would grow for ever."""
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
LOG_LEVEL = "INFO"
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
