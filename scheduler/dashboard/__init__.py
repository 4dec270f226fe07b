"""The window: what the store holds, for people with a browser and for programs.

A process of its own beside the daemon, so that ten people who browse delay no poll and no alert. It reads the store and
the stream, writes nothing but what people decide (read, muted, noted), and remembers nothing.

serve.py starts it, child.py keeps it running, site.py puts it together: access.py and headers.py stand before every
route, pages/ answer people, api/ answers programs, rendering.py makes HTML of values.
"""
