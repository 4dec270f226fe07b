"""What programs read: the values of the pages as JSON, described at /api/openapi.json; one module for each page."""
