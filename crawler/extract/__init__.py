"""Material → Article: trafilatura and structured data, then residue and furniture.

- `article.py`    the flow: extract(material, residue) -> Article, examine(...) -> article and trace; raises Unreadable
- `decode.py`, `hygiene.py`   bytes → text, and which characters may enter
- `html.py`       a page: `rare.py` for what to take out of its markup, `parse.py` for its tree; `metadata.py`,
                  `structured.py`, `dates.py`, `language.py` for what it says of itself;
                  `running_text.py` with `quick.py`, `rescue.py`, `links.py`, `last_resort.py` for its text;
                  `standfirst.py`, `live.py`, `arc.py`, `boxes.py` for what needs care of its own; `limits.py` for what
                  is too large
- `dumped.py`, `fragment.py`   dumped text, and what a feed carried
- `zones.py`, `residue.py`     lines → title, captions, body, removed
- `recognise.py`  pages that are no article
- `furniture.py`  what an outlet repeats, learned from traces: OutletMemory.learn, judge; cut_furniture(article, ...)
- `bulk.py`, `inputs.py`       many pages at once, for `basewatch extract`
"""
