"""Workers that hang, die, overeat or talk too much, and the pages beside them that must not notice."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.analysis import Tools, analyse
from crawler.errors import Quarantined, RuleError, Unreadable, WorkerError
from crawler.extract.furniture import NO_FURNITURE
from crawler.models import Material
from crawler.worker_process import forbid_pages_reach
from crawler.workers import ANALYSE, LARGE_BYTES, MAX_TASKS, WorkerPool
from tests.shipped import read_shipped
from tests.stages import worker_jobs as jobs

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="macOS enforces no limit of memory and has no /proc")


ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _jobs_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers look for modules where their parent does, and pytest leaves the root out."""
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(2, memory_mb=256)
    yield pool
    pool.close()
    await asyncio.sleep(0)


@pytest.fixture
async def single() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(1, memory_mb=256)
    yield pool
    pool.close()
    await asyncio.sleep(0)


async def test_a_function_runs_in_another_process_and_its_result_comes_back(pool: WorkerPool) -> None:
    assert await pool.run(jobs.add_words, "قاعدة ", "الأسد", timeout_s=10) == "قاعدة الأسد"
    assert await pool.run(jobs.tell_pid, timeout_s=10) != os.getpid()


async def test_one_worker_does_many_tasks(single: WorkerPool) -> None:
    assert len({await single.run(jobs.tell_pid, timeout_s=10) for _ in range(20)}) == 1


async def test_a_worker_goes_after_its_last_task(single: WorkerPool) -> None:
    pids = [await single.run(jobs.tell_pid, timeout_s=10) for _ in range(MAX_TASKS + 1)]
    assert len(set(pids[:MAX_TASKS])) == 1
    assert pids[MAX_TASKS] != pids[0]


async def test_a_worker_with_nothing_to_do_goes_home_and_another_comes_when_needed() -> None:
    pool = WorkerPool(1, memory_mb=256, idle_s=0.2)
    pid = await pool.run(jobs.tell_pid, timeout_s=10)
    await wait_until(lambda: not is_alive(pid))
    assert await pool.run(jobs.tell_pid, timeout_s=10) != pid
    pool.close()
    await asyncio.sleep(0)


# ── a page that hangs ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("job", [jobs.sleep_long, jobs.hold_interpreter])
async def test_a_page_that_hangs_is_quarantined_in_time_and_the_next_one_read(
    single: WorkerPool, job: Callable[..., None]
) -> None:
    args = (60,) if job is jobs.sleep_long else ()
    await single.start()
    began = time.perf_counter()
    with pytest.raises(Quarantined, match=r"hung for more than 0.3 s"):
        await single.run(job, *args, timeout_s=0.3)
    assert time.perf_counter() - began < 30  # of the minute, or the hours, that it would have taken
    assert await single.run(jobs.add_words, "a", "b", timeout_s=10) == "ab"


async def test_a_worker_that_hung_is_dead_afterwards(single: WorkerPool, tmp_path: Path) -> None:
    with pytest.raises(Quarantined):
        await single.run(jobs.note_and_hold, tmp_path / "pid", timeout_s=0.3)
    await wait_until(lambda: not is_alive(int((tmp_path / "pid").read_text())))


async def test_waiting_for_a_free_worker_does_not_count_as_hanging(single: WorkerPool) -> None:
    naps = [single.run(jobs.sleep_long, 0.2, timeout_s=0.4) for _ in range(4)]
    assert await asyncio.gather(*naps) == ["slept"] * 4


def _start(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code])


@linux_only
async def test_a_page_that_must_share_its_processor_is_given_the_time_that_others_took(single: WorkerPool) -> None:
    processor = min(os.sched_getaffinity(0))
    endless = f"import os; os.sched_setaffinity(0, {{{processor}}})\nwhile True: pass"
    rivals = [_start(endless) for _ in range(4)]
    try:
        began = time.perf_counter()
        assert await single.run(jobs.burn_on, processor, 0.5, timeout_s=1.0) == "burnt"
        assert time.perf_counter() - began > 1.0  # else nothing was shown
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()


async def test_large_tasks_leave_a_worker_to_the_others(pool: WorkerPool) -> None:
    large = [asyncio.create_task(pool.run(jobs.sleep_long, 60, timeout_s=60, size=LARGE_BYTES + 1)) for _ in range(4)]
    await asyncio.sleep(0)

    assert await pool.run(jobs.add_words, "a", "b", timeout_s=10) == "ab"

    for each in large:
        each.cancel()
    await asyncio.gather(*large, return_exceptions=True)


async def test_the_loop_goes_on_while_a_worker_hangs(single: WorkerPool) -> None:
    await single.start()
    hanging = asyncio.create_task(single.run(jobs.hold_interpreter, timeout_s=1.0))
    turns = 0
    while not hanging.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert isinstance(hanging.exception(), Quarantined)
    assert turns > 10  # a second of it makes two hundred, one that waits with the worker two


# ── a page that kills ────────────────────────────────────────────────────────────────────────────


async def test_a_page_that_kills_its_worker_is_quarantined_with_the_cause(pool: WorkerPool) -> None:
    with pytest.raises(Quarantined, match=r"ended its worker \(exit code 3\)"):
        await pool.run(jobs.end_process, 3, timeout_s=10)
    with pytest.raises(Quarantined, match=r"killed its worker \(SIGABRT\)"):
        await pool.run(jobs.abort_process, timeout_s=10)
    assert await pool.run(jobs.add_words, "a", "b", timeout_s=10) == "ab"


async def test_pages_in_other_workers_do_not_notice_a_death_or_a_hang(pool: WorkerPool, tmp_path: Path) -> None:
    innocent = asyncio.create_task(pool.run(jobs.wait_for_file, tmp_path / "over", timeout_s=120))
    for _ in range(3):
        with pytest.raises(Quarantined):
            await pool.run(jobs.end_process, 1, timeout_s=10)
    with pytest.raises(Quarantined):
        await pool.run(jobs.hold_interpreter, timeout_s=0.2)
    assert not innocent.done()
    (tmp_path / "over").touch()
    assert await innocent == "seen"


async def test_a_worker_killed_while_it_waits_costs_nothing(single: WorkerPool) -> None:
    pid = await single.run(jobs.tell_pid, timeout_s=10)
    os.kill(pid, signal.SIGKILL)
    await wait_until(lambda: not is_alive(pid))
    assert await single.run(jobs.tell_pid, timeout_s=10) != pid


async def test_a_page_is_not_blamed_for_a_used_worker_that_dies(single: WorkerPool) -> None:
    used = await single.run(jobs.tell_pid, timeout_s=10)
    assert await single.run(jobs.end_when_used, used, timeout_s=10) != used


# ── a page that overeats ─────────────────────────────────────────────────────────────────────────


@linux_only
async def test_a_page_that_needs_too_much_memory_is_quarantined(single: WorkerPool) -> None:
    with pytest.raises(Quarantined, match="ran out of memory"):
        await single.run(jobs.take_memory, 300, timeout_s=10)
    assert await single.run(jobs.take_memory, 200, timeout_s=10) == 200 << 20


@linux_only
async def test_a_page_is_not_blamed_for_memory_that_earlier_ones_left_behind(single: WorkerPool) -> None:
    used = await single.run(jobs.keep_memory, 150, timeout_s=10)
    assert await single.run(jobs.keep_memory, 150, timeout_s=10) != used


async def test_a_result_beyond_all_measure_is_quarantined(single: WorkerPool) -> None:
    with pytest.raises(Quarantined, match="its result takes"):
        await single.run(jobs.make_result, 65 << 20, timeout_s=30)
    assert len(await single.run(jobs.make_result, 8 << 20, timeout_s=30)) == 8 << 20


# ── what a page raises ───────────────────────────────────────────────────────────────────────────


async def test_errors_of_ours_come_out_as_themselves(single: WorkerPool) -> None:
    with pytest.raises(Unreadable) as caught:
        await single.run(jobs.raise_unreadable, "no text", timeout_s=10)
    assert caught.value.reason == "no text"
    with pytest.raises(RuleError) as rule:
        await single.run(jobs.raise_with_more_arguments, timeout_s=10)
    assert (rule.value.rule, rule.value.line, rule.value.column) == ("near-base", 1, 6)


async def test_any_other_error_becomes_one_clean_line(single: WorkerPool) -> None:
    with pytest.raises(Quarantined) as caught:
        await single.run(jobs.raise_foreign, "bad\x1b[31m\r\nbyte \ud800" + "x" * 10_000, timeout_s=10)
    assert caught.value.reason.startswith("ValueError: bad [31m  byte")
    assert caught.value.reason.isprintable()
    assert len(caught.value.reason) <= 300


async def test_leaving_and_unpicklable_results_are_the_pages_fault_too(single: WorkerPool) -> None:
    with pytest.raises(Quarantined, match="SystemExit: bye"):
        await single.run(jobs.leave_interpreter, timeout_s=10)
    with pytest.raises(Quarantined, match="pickle"):
        await single.run(jobs.return_unpicklable, timeout_s=10)


async def test_a_worker_reaches_no_network_and_no_program(single: WorkerPool) -> None:
    for job, args in ((jobs.connect_out, (9,)), (jobs.run_program, ())):
        with pytest.raises(Quarantined, match="PermissionError: a worker may not do"):
            await single.run(job, *args, timeout_s=10)


async def test_where_files_lie_elsewhere_the_thread_that_reads_pages_reaches_nothing_all_the_same() -> None:
    with (
        closing(WorkerPool(1, memory_mb=256, watch=forbid_pages_reach)) as pool,
        closing(socket.create_server(("127.0.0.1", 0))) as there,
    ):
        port = there.getsockname()[1]
        await pool.run(jobs.connect_out_aside, port, timeout_s=30)
        for job, args in ((jobs.connect_out, (port,)), (jobs.run_program, ())):
            with pytest.raises(Quarantined, match="PermissionError: a worker may not do"):
                await pool.run(job, *args, timeout_s=30)


async def test_a_worker_prints_nothing(single: WorkerPool, capfd: pytest.CaptureFixture[str]) -> None:
    await single.run(jobs.print_loudly, timeout_s=10)
    assert capfd.readouterr() == ("", "")


# ── analysis ─────────────────────────────────────────────────────────────────────────────────────

PAGE = Material(
    b"<html><head><title>Rockets near Ain al-Asad</title></head><body><article><h1>Rockets near Ain al-Asad</h1><p>"
    b"Kataib Hezbollah claimed a rocket attack on Ain al-Asad air base in western Iraq on Monday, a spokesman said. "
    b"No casualties were reported, and the coalition said that it was looking into what had happened there.</p>"
    b"</article></body></html>",
    "html",
    url="https://outlet.example/rockets",
)


async def test_a_worker_finds_what_analysis_here_finds(single: WorkerPool, tmp_path: Path) -> None:
    settings = read_shipped()
    snapshot = tmp_path / f"settings-{settings.digest}.json"
    snapshot.write_text(settings.model_dump_json(), encoding="utf-8")
    found = await single.run(ANALYSE, PAGE, snapshot, NO_FURNITURE, frozenset(), timeout_s=30)
    assert found == analyse(PAGE, Tools(settings))
    assert found.hits
    assert found.settings_digest == settings.digest


async def test_settings_that_cannot_be_read_are_not_the_pages_fault(single: WorkerPool, tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"cannot read the settings in gone\.json"):
        await single.run(ANALYSE, PAGE, tmp_path / "gone.json", NO_FURNITURE, frozenset(), timeout_s=30)


# ── beginning and end ────────────────────────────────────────────────────────────────────────────


@linux_only
@linux_only
@pytest.mark.parametrize("said", ["preload(Remote('colorsys', 'rgb_to_hsv'))", "pass"])
async def test_what_is_preloaded_is_there_at_a_workers_first_task_and_nothing_else_is(said: str) -> None:
    code = textwrap.dedent(f"""
        import asyncio
        from crawler.workers import Remote, WorkerPool, preload
        from tests.stages import worker_jobs as jobs

        async def main():
            pool = WorkerPool(1, memory_mb=256)
            print(await pool.run(jobs.has_imported, "colorsys", timeout_s=60), jobs.has_imported("colorsys"))
            pool.close()

        {said}
        asyncio.run(main())
        """)
    command, environ = [sys.executable, "-W", "ignore", "-c", code], {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = await asyncio.to_thread(subprocess.run, command, env=environ, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == [str("preload" in said), "False"], "in the worker, here"


async def test_a_worker_inherits_no_file_and_no_socket(tmp_path: Path) -> None:
    pool = WorkerPool(1, memory_mb=256)
    with (tmp_path / "database").open("wb"):
        opened = await pool.run(jobs.list_descriptors, timeout_s=10)
    pool.close()
    assert not [name for name in opened if "database" in name]
    assert len([name for name in opened if name.startswith("socket:")]) == 1


async def test_ctrl_c_and_sigterm_are_for_the_daemon_alone(single: WorkerPool) -> None:
    pid = await single.run(jobs.tell_pid, timeout_s=10)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    assert await single.run(jobs.tell_pid, timeout_s=10) == pid


@linux_only
async def test_workers_go_on_and_are_replaced_when_their_server_is_ended_with_the_daemon(single: WorkerPool) -> None:
    # as systemd does, which sends SIGTERM to every process of a service
    pid, server = await single.run(jobs.tell_pid, timeout_s=10), await single.run(os.getppid, timeout_s=10)
    os.kill(server, signal.SIGTERM)
    await wait_until(lambda: not is_alive(server))
    assert await single.run(jobs.tell_pid, timeout_s=10) == pid
    os.kill(pid, signal.SIGKILL)
    assert await single.run(jobs.tell_pid, timeout_s=10) != pid


async def test_closing_ends_what_is_under_way_without_blaming_the_page(pool: WorkerPool) -> None:
    await pool.start()
    under_way = asyncio.create_task(pool.run(jobs.sleep_long, 60, timeout_s=60))
    waiting = [asyncio.create_task(pool.run(jobs.sleep_long, 60, timeout_s=60)) for _ in range(3)]
    await asyncio.sleep(0.2)
    pool.close()
    for task in (under_way, *waiting):
        with pytest.raises(WorkerError):
            await task


async def test_who_stops_waiting_frees_the_worker(single: WorkerPool, tmp_path: Path) -> None:
    task = asyncio.create_task(single.run(jobs.sleep_noted, tmp_path / "pid", 60, timeout_s=60))
    await wait_until((tmp_path / "pid").exists)
    task.cancel()
    assert await single.run(jobs.add_words, "a", "b", timeout_s=10) == "ab"
    await wait_until(lambda: not is_alive(int((tmp_path / "pid").read_text())))


@pytest.mark.parametrize("job", ["sleep_noted(note, 60)", "note_and_hold(note)"])
async def test_workers_die_with_their_parent_even_in_the_middle_of_a_hang(tmp_path: Path, job: str) -> None:
    parent = start_parent(tmp_path, job)
    await wait_until((tmp_path / "pid").exists)
    pid = int((tmp_path / "pid").read_text())
    parent.kill()
    parent.wait()
    await wait_until(lambda: not is_alive(pid))


@pytest.mark.parametrize("ending", ["", "loop.close()", "task.cancel()"])
async def test_a_parent_that_forgets_to_close_its_pool_still_ends(tmp_path: Path, ending: str) -> None:
    parent = start_parent(tmp_path, "note_and_hold(note)", ending)
    assert await asyncio.to_thread(parent.wait, 40) == 0
    await wait_until(lambda: not is_alive(int((tmp_path / "pid").read_text())))


def start_parent(folder: Path, job: str, ending: str = "loop.run_until_complete(task)") -> subprocess.Popen[bytes]:
    """A process with a pool, which goes on to `ending` when its worker has begun with `job`, written as a call."""
    name, args = re.fullmatch(r"(\w+)\((.*)\)", job).groups()  # type: ignore[union-attr]  # literals above
    script = folder / "parent.py"
    script.write_text(
        textwrap.dedent(f"""
        import asyncio, time
        from pathlib import Path
        from crawler.workers import WorkerPool
        from tests.stages import worker_jobs as jobs

        async def see(note):
            while not note.exists():
                await asyncio.sleep(0.01)

        if __name__ == "__main__":
            note = Path({str(folder / "pid")!r})
            loop = asyncio.new_event_loop()
            task = loop.create_task(WorkerPool(1, memory_mb=256).run(jobs.{name}, {args}, timeout_s=60))
            loop.run_until_complete(see(note))
            {ending}
        """)
    )
    command = [sys.executable, "-W", "ignore", script]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)


def is_alive(pid: int) -> bool:
    """A zombie that its parent has not looked at yet is dead."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


async def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # processes and files send no events
            await asyncio.sleep(0.02)
