"""The local press of `basewatch demo`: outlets on loopback that publish while you watch, and what should come of it."""
