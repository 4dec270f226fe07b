"""The evidence of one alert as files that anybody can check without us: pages as they came, what was read in them, the
rules, and digests of everything.

The same alert always makes the same bytes: no file says when it was exported.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from crawler.archive.reader import open_capture, read_page
from crawler.archive.retention import copy_group, find_group
from crawler.archive.writer import make_warcinfo
from crawler.errors import ArchiveError
from crawler.models import Alert, Capture
from crawler.payload import alert_to_json, entry_to_json
from crawler.store.evidence import Evidence, StoredCapture
from crawler.store.store import Store
from crawler.store.texts import StoredText
from scheduler.places import archive_folder
from settings.model import Run

WARC = "captures.warc.gz"
SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
_MOST_TEXTS = 1000

_README = """Evidence of a basewatch alert. Check it, without basewatch:

    sha256sum -c SHA256SUMS

- alert.json        the alert as it is now; its hits name rule, words, sentence and offsets (code points), and its
                    former_hits what it was told for and is no longer found
- entries.jsonl     what was told of it, and when
- captures.json     each answer of the outlet: where it lies in captures.warc.gz, and the SHA-256 of its body
- captures.warc.gz  those answers as they came (WARC 1.1; any replay tool opens it; gzip -t, warcio check)
- extraction.json   the text that was read in them, by revision, with everything that was removed and why
- rules.json        the rules that fired, as they were then, with their digests
- manifest.json     size and SHA-256 of every file; SHA256SUMS covers the manifest too
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files by name, and what should be among them and is not."""

    alert_id: str
    files: Mapping[str, bytes]
    missing: tuple[str, ...]


def collect_evidence(store: Store, run: Run, alert_id: str, now: datetime) -> Bundle:
    """Everything that an alert rests on. Raises LookupError when there is no such alert, StoreError."""
    triaged = store.read_alert(alert_id, now)
    if triaged is None:
        raise LookupError(f"there is no alert {alert_id}")
    alert = triaged.alert
    texts = store.read_texts(alert_id, _MOST_TEXTS)
    packed = _pack_captures(archive_folder(run), alert, store.read_link_captures(alert_id))
    rules, missing = _describe_rules(alert, run.data_dir / "run")
    files = {
        "README.txt": _README.encode(),
        "alert.json": alert_to_json(alert).encode() + b"\n",
        "entries.jsonl": _write_entries(store.read_evidence(alert_id)),
        "captures.json": _write_json(packed.places),
        WARC: packed.warc,
        "extraction.json": _write_json([_describe_text(each) for each in texts]),
        "rules.json": _write_json(rules),
    }
    files[MANIFEST] = _write_manifest(alert, files, packed.missing + missing)
    files[SUMS] = "".join(f"{_digest(content)}  {name}\n" for name, content in sorted(files.items())).encode()
    return Bundle(alert_id, files, packed.missing + missing)


def write_folder(bundle: Bundle, target: Path) -> None:
    """Whole or not at all; the folder must not exist. Raises OSError."""
    partial = target.with_name(f".{target.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    try:
        for name, content in bundle.files.items():
            (partial / name).write_bytes(content)
        if target.exists():
            raise FileExistsError(f"{target} is there already")
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_zip(bundle: Bundle, target: Path) -> None:
    """Whole or not at all; the file must not exist. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.part")
    try:
        partial.write_bytes(make_zip(bundle))
        if target.exists():
            raise FileExistsError(f"{target} is there already")
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def make_zip(bundle: Bundle) -> bytes:
    """The same files in one; its bytes depend on them alone."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(bundle.files.items()):
            info = zipfile.ZipInfo(f"alert-{bundle.alert_id[:12]}/{name}", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == WARC else zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, content)
    return buffer.getvalue()


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Packed:
    warc: bytes
    places: list[dict[str, object]]
    missing: tuple[str, ...]


def _pack_captures(folder: Path, alert: Alert, captures: Iterable[StoredCapture]) -> _Packed:
    head = make_warcinfo(WARC, alert.seen, f"<urn:uuid:{uuid5(NAMESPACE_URL, f'basewatch:{alert.id}')}>")
    parts, at = [head], len(head)
    places: list[dict[str, object]] = []
    missing: list[str] = []
    for stored in captures:
        place = _describe_capture(stored)
        if stored.pruned_at is None:
            try:
                members, offset = _take_group(folder, stored.capture, at)
                place |= {"file": WARC, "offset": offset}
                parts += members
                at += sum(map(len, members))
            except (ArchiveError, OSError) as error:
                missing.append(f"the page {stored.capture.url} of {stored.capture.fetched_at.isoformat()}: {error}")
        else:
            missing.append(f"the page {stored.capture.url} of {stored.capture.fetched_at.isoformat()} was pruned")
        places.append(place)
    return _Packed(b"".join(parts), places, tuple(missing))


def _take_group(folder: Path, capture: Capture, at: int) -> tuple[list[bytes], int]:
    """The members of a capture, once its digest was found right, and where it itself lies among them."""
    read_page(folder, capture, max_body_bytes=256 << 20)
    with open_capture(folder, capture) as source:
        members, moved = copy_group(source, find_group(source, capture), at)
    return members, moved[capture.offset].offset


def _describe_capture(stored: StoredCapture) -> dict[str, object]:
    capture = stored.capture
    archived = {"file": capture.file, "offset": capture.offset, "length": capture.length}
    return {
        "url": capture.url,
        "status": capture.status,
        "fetched_at": capture.fetched_at,
        "body_digest": capture.digest,
        "rendered": capture.rendered,
        "archived_as": archived,
        "pruned_at": stored.pruned_at,
    }


# ── what was made of them ────────────────────────────────────────────────────────────────────────


def _describe_text(text: StoredText) -> dict[str, object]:
    described = asdict(text)
    described["capture"] = text.capture and text.capture.digest
    del described["pruned_at"]  # stands with the capture
    return described


def _describe_rules(alert: Alert, snapshots: Path) -> tuple[dict[str, object], tuple[str, ...]]:
    """The rules of the alert's hits, and of those that it once had, as the settings of then had them; what is not known
    is told."""
    found = {(hit.rule, hit.rule_digest, alert.settings_digest) for hit in alert.hits}
    found |= {(each.hit.rule, each.hit.rule_digest, each.settings_digest) for each in alert.former_hits}
    rules: list[dict[str, object]] = []
    missing: list[str] = []
    for name, digest, settings_digest in sorted(found):
        text = _read_rules(snapshots, settings_digest).get(name)
        if text is None:
            missing.append(f"the text of rule {name}: settings {settings_digest} are not kept, or without it")
        rules.append({"name": name, "digest": digest, "settings_digest": settings_digest, "rule": text})
    return {"settings_digest": alert.settings_digest, "rules": rules}, tuple(missing)


def _read_rules(folder: Path, digest: str) -> dict[str, dict[str, object]]:
    """By name, as those settings had them; none where they are not kept. Read as they stand: today's model may not know
    what was a key then, and a rule's digest also names how its sentences were weighed, which another version does
    otherwise."""
    try:
        settings = json.loads((folder / f"settings-{digest}.json").read_bytes())
        return {rule["name"]: rule for rule in settings["rules"]} if settings["digest"] == digest else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write_entries(evidence: Evidence) -> bytes:
    return b"".join(_write_entry_lines(evidence))


def _write_entry_lines(evidence: Evidence) -> Iterator[bytes]:
    for key, published_at, entry in evidence.entries:
        line = {"key": key, "published_at": published_at, "entry": json.loads(entry_to_json(entry))}
        yield json.dumps(line, ensure_ascii=False, default=_write_value).encode("utf-8", "replace") + b"\n"


def _write_manifest(alert: Alert, files: Mapping[str, bytes], missing: tuple[str, ...]) -> bytes:
    members = [
        {"name": name, "bytes": len(content), "sha256": _digest(content)} for name, content in sorted(files.items())
    ]
    head = {"format": "basewatch evidence 1", "alert": alert.id, "url": alert.url, "settings": alert.settings_digest}
    return _write_json(head | {"files": members, "missing": missing})


def _write_json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_write_value)
    return text.encode("utf-8", "replace") + b"\n"


def _write_value(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
