"""How each schema becomes the next: append only, a released migration never changes."""
