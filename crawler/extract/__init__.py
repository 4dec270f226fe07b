"""Material → Article: trafilatura and structured data, then residue.

extract(material, residue) -> Article      raises Unreadable
"""
