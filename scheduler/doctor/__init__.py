"""`basewatch doctor`: can basewatch do its work here? One check looks at one thing and changes nothing.

findings.py says what a check gives. A new check is a function from Settings to findings and a line in checks.py.
"""
