"""Pieces of a replay on a Dask cluster that exists: the same function, told the settings by their digest."""

import logging
from importlib import import_module
from importlib.metadata import version
from typing import Any, Self

from crawler.errors import BasewatchError, Quarantined, WorkerError
from crawler.replay_piece import Asking, Piece, PieceResult, replay_piece
from crawler.worker_process import describe_error
from settings.model import Settings

_RETRIES = 2
_LOUD = ("distributed", "distributed.client")
"""Loggers of distributed's that have a level of their own. What they say of a cluster that is lost is a traceback for
each try to find it again; we say it in a line."""


def _keep_text(text: str) -> str:
    """A task, and not data that is sent out: that would be lost with the workers that have it."""
    return text


def replay_there(piece: Piece, made_for: str, digest: str, snapshot: str, asking: Asking) -> PieceResult:
    """On a worker of the cluster. Raises WorkerError where that has another version, which may find something else."""
    if (here := version("basewatch")) != made_for:
        raise WorkerError(f"a worker of the cluster has basewatch {here}, and it takes {made_for}")
    return replay_piece(piece, digest, snapshot, asking)


class DaskExecutor:
    """Workers of other machines. They must have this version of basewatch, see the files under the same paths, and
    have their nanny: a page that hangs ends its worker (`Asking.page_s`)."""

    def __init__(self, client: Any, address: str, settings: Any, digest: str, asking: Asking, workers: int) -> None:  # noqa: ANN401  # distributed has no types
        self.workers = workers
        self._client = client
        self._settings = settings
        self._digest = digest
        self._asking = asking
        self._address = address
        self._keys: set[object] = set()
        """Of the pieces that were given away."""

    @classmethod
    async def connect(cls, address: str, settings: Settings, asking: Asking) -> Self:
        """Raises WorkerError when there is no such cluster, or no worker in it."""
        try:
            connect, check = (
                import_module("distributed").Client,
                import_module("distributed.comm").get_address_host_port,
            )
        except ImportError as error:
            raise WorkerError("--dask needs dask: pip install 'basewatch[cluster]'") from error
        for name in _LOUD:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            check(address)
            client = await connect(address, asynchronous=True, timeout=20)
            await client.wait_for_workers(1, timeout=60)
            threads = sum((await client.nthreads()).values())
            snapshot = client.submit(_keep_text, settings.model_dump_json(), pure=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise WorkerError(f"the cluster at {address} cannot be used: {error}") from error
        return cls(client, address, snapshot, settings.digest, asking, threads)

    async def perform(self, piece: Piece) -> PieceResult:
        """A worker that dies costs a retry; a piece that kills several is given back as a page's fault."""
        try:
            future = self._client.submit(
                replay_there,
                piece,
                version("basewatch"),
                self._digest,
                self._settings,
                self._asking,
                pure=False,
                retries=_RETRIES,
            )
            self._keys.add(future.key)
            result: PieceResult = await future
        except import_module("distributed").KilledWorker as error:
            raise Quarantined(f"killed its workers: {error}") from error
        except MemoryError as error:
            raise Quarantined("needs more memory than its worker has") from error
        except import_module("distributed.client").FutureCancelledError as error:
            raise self._tell_lost(error.reason) from error
        except BasewatchError:
            raise
        except (
            Exception
        ) as error:  # what pages raise is told in results: this is the worker, which may lack all of ours
            if not self._is_there:
                raise self._tell_lost(describe_error(error)) from error
            needed = f"its workers need basewatch {version('basewatch')} and what it stands on"
            raise WorkerError(f"the cluster cannot do a piece ({describe_error(error)}); {needed}") from error
        return result

    async def count_repeated(self) -> int:
        """Pieces that were in the hands of workers that died, as far as a scheduler remembers that is there."""
        try:
            events = await self._client.get_events("all") if self._is_there else ()
        except OSError:
            return 0
        lost = [event for _, event in events if event.get("action") == "remove-worker"]
        return len(self._keys.intersection(key for event in lost for key in event.get("processing-tasks", ())))

    @property
    def _is_there(self) -> bool:
        return bool(self._client.status == "running")

    def _tell_lost(self, reason: str) -> WorkerError:
        return WorkerError(
            f"the cluster at {self._address} gave up a piece ({reason}); what is done is kept, and the same command "
            "goes on from there"
        )

    async def close(self) -> None:
        await self._client.close()
