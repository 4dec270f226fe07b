"""Article → mentions and hits.

matcher = Matcher(gazetteer, rules)         raises RuleError with the place and what was expected
findings = matcher.examine(article)         mentions, hits, near misses
"""

from crawler.compiled import prefer_compiled

prefer_compiled(__path__)
