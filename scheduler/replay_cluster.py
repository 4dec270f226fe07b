"""Pieces of a replay on a Dask cluster that exists: the same function, told the settings by their digest."""

from importlib import import_module
from typing import Any, Self

from crawler.errors import Quarantined, WorkerError
from crawler.replay_piece import Asking, Piece, PieceResult, replay_piece
from settings.model import Settings

_RETRIES = 2


class DaskExecutor:
    """Workers of other machines. They must have this version of basewatch and see the files under the same paths."""

    def __init__(self, client: Any, settings: Any, digest: str, asking: Asking, workers: int) -> None:  # noqa: ANN401  # distributed has no types
        self.workers = workers
        self._client = client
        self._settings = settings
        self._digest = digest
        self._asking = asking

    @classmethod
    async def connect(cls, address: str, settings: Settings, asking: Asking) -> Self:
        """Raises WorkerError when there is no such cluster, or no worker in it."""
        try:
            connect = import_module("distributed").Client
        except ImportError as error:
            raise WorkerError("--dask needs dask: pip install 'basewatch[cluster]'") from error
        try:
            client = await connect(address, asynchronous=True, timeout=20)
            await client.wait_for_workers(1, timeout=60)
            threads = sum((await client.nthreads()).values())
            [snapshot] = await client.scatter([settings.model_dump_json()], broadcast=True)
        except (OSError, TimeoutError, ValueError) as error:
            raise WorkerError(f"the cluster at {address} cannot be used: {error}") from error
        return cls(client, snapshot, settings.digest, asking, threads)

    async def perform(self, piece: Piece) -> PieceResult:
        """A worker that dies costs a retry; a piece that kills several is given back as a page's fault."""
        future = self._client.submit(
            replay_piece, piece, self._digest, self._settings, self._asking, pure=False, retries=_RETRIES
        )
        try:
            result: PieceResult = await future
        except import_module("distributed").KilledWorker as error:
            raise Quarantined(f"killed its workers: {error}") from error
        return result

    async def close(self) -> None:
        await self._client.close()
