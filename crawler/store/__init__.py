"""Everything that is remembered: sources, polls, links, articles, alerts and what is still to be published."""
