"""`basewatch evaluate`: precision and recall on a labelled set, and the reason of each mistake."""

import sys
from pathlib import Path

from crawler.errors import RuleError
from crawler.match.evaluate import Evaluation, evaluate, read_passages
from crawler.match.matcher import Matcher
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit


def main(labelled: Path, config: Path | None, at_least: float | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        matcher = Matcher(settings.gazetteer, settings.rules)
        lines = labelled.read_text(encoding="utf-8-sig").split("\n")
        if not (passages := list(read_passages(lines))):
            return fail(f"{labelled}: holds no passages", Exit.WRONG_SETTINGS)
        result = evaluate(matcher, passages, settings.residue)
    except RuleError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except UnicodeDecodeError as error:
        return fail(f"{labelled}: not UTF-8 at byte {error.start}", Exit.WRONG_SETTINGS)
    except OSError as error:
        return fail(f"{labelled}: {error.strerror}", Exit.WRONG_SETTINGS)
    except ValueError as error:
        return fail(f"{labelled}, {error}", Exit.WRONG_SETTINGS)
    told = result.to_json() if as_json else "\n".join(map(defuse_text, result.to_text().split("\n")))
    sys.stdout.write(told + "\n")
    return int(Exit.FINDINGS if at_least is not None and find_lowest(result) < at_least else Exit.DONE)


def find_lowest(result: Evaluation) -> float:
    """The lowest precision or recall of any language."""
    tallies = [tally for scores in result.languages.values() for tally in (scores.alerts, scores.entities)]
    return min(rate for tally in tallies for rate in (tally.precision, tally.recall))
