"""Pieces of a replay on a Dask cluster that exists: the same function, told the settings by their digest."""

from importlib import import_module
from typing import Any, Self

from crawler.errors import Quarantined, WorkerError
from crawler.replay_piece import Asking, Piece, PieceResult, replay_piece
from settings.model import Settings

_RETRIES = 2


def _keep_text(text: str) -> str:
    """A task, and not data that is sent out: that would be lost with the workers that have it."""
    return text


class DaskExecutor:
    """Workers of other machines. They must have this version of basewatch, see the files under the same paths, and
    have their nanny: a page that hangs ends its worker (`Asking.page_s`)."""

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
            snapshot = client.submit(_keep_text, settings.model_dump_json(), pure=False)
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
        except import_module("distributed.client").FutureCancelledError as error:
            raise WorkerError(f"the cluster gave up a piece: {error}") from error
        return result

    async def close(self) -> None:
        await self._client.close()
