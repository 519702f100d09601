"""One bound connection to an SMSC: asks and answers PDUs until it breaks."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from antiphon.channels import reach
from antiphon.channels.contract import ChannelView, OutcomeUnknown, SendLater, SendRefused
from antiphon.channels.sms import pdu
from antiphon.channels.sms.pdu import Command, Pdu
from antiphon.kit import logs

_CONNECT, ANSWER_WITHIN = 10.0, 30.0
_ENQUIRE = 30.0
_WORDS = {
    0x04: "The SMSC says that this account is bound already, as often as it may be.",
    0x05: "The SMSC says that this account is bound already, as often as it may be.",
    0x0D: "The SMSC refuses the connection: check the system id and the password.",
    0x0E: "The SMSC does not accept the password.",
    0x0F: "The SMSC does not know this system id.",
}
Deliver = Callable[[bytes], Awaitable[None]]
log = logs.get("channels")


class BindFailed(Exception):
    """There is no session. The text is for people."""


class Broken(Exception):
    """The connection ended; `was_sent` says whether the request may have reached the SMSC."""

    def __init__(self, was_sent: bool) -> None:
        self.was_sent = was_sent
        super().__init__("the connection to the SMSC broke")


class Session:
    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.cycle(range(1, 0x7FFFFFFF))
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self.alive = True

    async def ask(self, command: Command, body: bytes) -> Pdu:
        """The answer. Raises Broken."""
        if not self.alive:
            raise Broken(was_sent=False)
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._write(Pdu(command, pdu.OK, number, body))
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._writer.drain()
                came: Pdu = await answer
                return came
        except (TimeoutError, OSError) as error:
            raise Broken(was_sent=True) from error
        finally:
            del self._waiting[number]

    async def run(self, deliver: Deliver) -> None:
        """Hears until the connection ends; `deliver` stores a deliver_sm before it is answered. Raises nothing."""
        try:
            await self._hear(deliver)
        except (OSError, EOFError, IncompleteReadError, ValueError, TimeoutError) as error:
            log.info("a session with an SMSC ended", why=type(error).__name__)
        finally:
            self.close()

    def close(self) -> None:
        """Says good-bye without waiting for the answer."""
        if self.alive:
            self._write(Pdu(Command.UNBIND, pdu.OK, next(self._numbers)))
        self.alive = False
        self._writer.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Broken(was_sent=True))

    async def first(self, command: Command, body: bytes) -> Pdu:
        """The answer to the bind, before anything else is said."""
        self._write(Pdu(command, pdu.OK, next(self._numbers), body))
        return await self._read()

    async def _hear(self, deliver: Deliver) -> None:
        quiet = 0
        while True:
            try:
                async with asyncio.timeout(_ENQUIRE):
                    head = await self._reader.readexactly(pdu.HEADER)
            except TimeoutError:
                quiet += 1
                if quiet > 2:
                    raise
                self._write(Pdu(Command.ENQUIRE_LINK, pdu.OK, next(self._numbers)))
                continue
            quiet = 0
            async with asyncio.timeout(_ENQUIRE):
                came = await self._rest(head)
            if not await self._take(came, deliver):
                return

    async def _take(self, came: Pdu, deliver: Deliver) -> bool:
        """False when the SMSC says good-bye."""
        if came.command & pdu.ANSWER:
            waiting = self._waiting.get(came.sequence)
            if waiting is not None and not waiting.done():
                waiting.set_result(came)
            return True
        if came.command == Command.DELIVER_SM:
            await self._deliver(came, deliver)
        elif came.command in (Command.ENQUIRE_LINK, Command.UNBIND):
            self._write(Pdu(came.command | pdu.ANSWER, pdu.OK, came.sequence))
        else:
            self._write(Pdu(Command.GENERIC_NACK, pdu.INVALID_COMMAND, came.sequence))
        return came.command != Command.UNBIND

    async def _deliver(self, came: Pdu, deliver: Deliver) -> None:
        status = pdu.OK
        try:
            await deliver(came.body)
        except Exception:
            log.exception("a short message could not be stored; the SMSC brings it again")
            status = pdu.APPLICATION_BUSY
        self._write(Pdu(Command.DELIVER_SM | pdu.ANSWER, status, came.sequence, b"\0"))

    def _write(self, one: Pdu) -> None:
        self._writer.write(one.encode())

    async def _read(self) -> Pdu:
        return await self._rest(await self._reader.readexactly(pdu.HEADER))

    async def _rest(self, head: bytes) -> Pdu:
        length, command, status, sequence = pdu.header(head)
        return Pdu(command, status, sequence, await self._reader.readexactly(length - pdu.HEADER))


async def bound(channel: ChannelView, command: Command) -> Session:
    """A session. Raises BindFailed."""
    settings, password = channel.settings, channel.secrets.get("password", "")
    if not password:
        raise BindFailed("The password is missing, or cannot be read with this installation's key: save it again.")
    secure = ssl.create_default_context() if settings.get("tls") != "no" else None
    try:
        async with asyncio.timeout(_CONNECT):
            host = str(settings["host"])
            sock = await reach.connect(host, int(settings["port"]), inside=channel.inside)
            name = host if secure is not None else None
            reader, writer = await asyncio.open_connection(sock=sock, ssl=secure, server_hostname=name)
    except reach.Inside as error:
        raise BindFailed(str(error)) from error
    except ssl.SSLError as error:
        raise BindFailed("The SMSC does not speak TLS here, or its certificate is not good.") from error
    except (OSError, TimeoutError) as error:
        raise BindFailed("The SMSC cannot be reached from here: check its name and port.") from error
    session = Session(reader, writer)
    try:
        async with asyncio.timeout(_CONNECT):
            answer = await session.first(command, pdu.bind(str(settings["system_id"]), password))
    except (OSError, EOFError, ValueError, TimeoutError) as error:
        session.close()
        raise BindFailed("The SMSC did not answer the bind: check the port and whether TLS is needed.") from error
    except BaseException:
        session.close()
        raise
    if answer.status != pdu.OK or answer.command != command | pdu.ANSWER:
        session.close()
        raise BindFailed(_WORDS.get(answer.status, f"The SMSC refused the bind (status 0x{answer.status:08X})."))
    return session


@asynccontextmanager
async def transmitter(channel: ChannelView) -> AsyncIterator[Session]:
    """A session of its own for one message. Raises BindFailed; what the body raises comes out as it is."""
    session = await bound(channel, Command.BIND_TRANSMITTER)
    failure: SendRefused | SendLater | OutcomeUnknown | None = None
    async with asyncio.TaskGroup() as group:
        hearing = group.create_task(session.run(_nothing_comes))
        try:
            yield session
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            failure = error
        finally:
            session.close()
            hearing.cancel()
    if failure is not None:
        raise failure


async def _nothing_comes(body: bytes) -> None:
    raise ValueError("a transmitter receives nothing")
