"""The connection over HTTP: the only place that imports the HTTP library.

It sends what it is given and reads the whole answer, within the length limit. Bounding the time, retrying and
judging the answer are the client's work. Importing this module takes a fifth of a second: do it in a thread.
"""

import ssl
from typing import Final

import aiohttp
from yarl import URL

from rollouts_router.kube.client import Answer
from rollouts_router.kube.credentials import Credentials
from rollouts_router.kube.errors import Unavailable, Untrusted
from rollouts_router.kube.requests import Request

MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of an answer; a page of 500 of the largest objects etcd stores (1.5 MiB) would not be read whole."""

KEEP_ALIVE: Final = 30.0
"""Seconds an idle connection is kept: shorter than the idle limits of load balancers in front of API servers."""

READ_BUFFER: Final = 1024 * 1024
"""Bytes read ahead; a whole page of ordinary objects, so that reading does not stop and go."""


class HttpConnection:
    """One pool of connections to one API server. To be made inside a running event loop."""

    def __init__(self, credentials: Credentials, *, user_agent: str) -> None:
        self._credentials = credentials
        self._options = (
            {"server_hostname": credentials.tls_server_name} if credentials.tls_server_name else {}
        )
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the client bounds how many requests are under way
                ssl=credentials.tls if credentials.tls is not None else True,
                keepalive_timeout=KEEP_ALIVE,
            ),
            # Compressing costs the server more time than a list takes on the wire, and would blur MAX_ANSWER.
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": user_agent},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the client bounds the time
            proxy=credentials.proxy or None,
            trust_env=False,  # it would read ~/.netrc for each request and send loopback traffic to a proxy
            read_bufsize=READ_BUFFER,
        )

    async def send(self, request: Request) -> Answer:
        """Send the request and read the whole answer. Raises Unavailable, Untrusted for a bad certificate."""
        try:
            return await self._exchange(request)
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError) as error:
            raise Untrusted(request.call, f"the API server's certificate is not trusted: {error}") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            text = str(error) or type(error).__name__
            raise Unavailable(request.call, f"the API server cannot be reached: {text}") from error

    async def aclose(self) -> None:
        """Close the pool."""
        await self._session.close()

    async def _exchange(self, request: Request) -> Answer:
        async with self._session.request(
            request.method,
            URL(self._credentials.base_url + request.target, encoded=True),
            headers=await self._headers(request),
            data=request.body,
            allow_redirects=False,
            server_hostname=self._credentials.tls_server_name or None,
        ) as response:
            return Answer(
                status=response.status,
                retry_after=response.headers.get("Retry-After", ""),
                body=await _read(request, response),
            )

    async def _headers(self, request: Request) -> dict[str, str]:
        headers = {"Content-Type": request.content_type} if request.content_type else {}
        authorization = await self._credentials.authorization()
        if authorization:
            headers["Authorization"] = authorization
        return headers


async def _read(request: Request, response: aiohttp.ClientResponse) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER:
            raise Unavailable(request.call, f"the answer is longer than {MAX_ANSWER} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
