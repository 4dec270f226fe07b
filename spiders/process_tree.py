"""How much memory the processes take that this one has started."""

from pathlib import Path

_PAGE = 4096


def measure_tree(root: int, named: str) -> int:
    """Resident bytes of all processes below `root` whose program's name contains `named`, without what they share;
    0 where /proc is not there."""
    parents: dict[int, tuple[int, str, int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name, _, rest = (folder / "stat").read_text("utf-8", "replace").partition("(")[2].rpartition(")")
            resident, shared = (folder / "statm").read_text("ascii").split()[1:3]
            parents[int(folder.name)] = (int(rest.split()[1]), name, (int(resident) - int(shared)) * _PAGE)
        except (OSError, ValueError, IndexError):
            continue  # it has ended meanwhile
    return sum(size for pid, (_, name, size) in parents.items() if named in name and _is_below(pid, root, parents))


def _is_below(pid: int, root: int, parents: dict[int, tuple[int, str, int]]) -> bool:
    seen: set[int] = set()
    while pid in parents and pid not in seen:
        if pid == root:
            return True
        seen.add(pid)
        pid = parents[pid][0]
    return False
