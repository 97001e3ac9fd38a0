#!/usr/bin/env python3
"""websockets for Python at its best: no compression, and its own broadcast().

Events come as lines over a connection of the publisher's. Says {"port":N,"publish_port":M}; the end
of standard input ends it.
"""

import asyncio
import json
import sys

from websockets.asyncio.server import broadcast, serve

subscribers = set()


async def subscribe(connection):
    subscribers.add(connection)
    try:
        await connection.wait_closed()
    finally:
        subscribers.discard(connection)


async def read_events(reader, _):
    while line := await reader.readline():
        broadcast(subscribers, line[:-1], text=True)


async def main():
    publisher = await asyncio.start_server(read_events, "127.0.0.1", 0, limit=2 ** 21)
    async with serve(subscribe, "127.0.0.1", 0, compression=None, ping_interval=None,
                     server_header=None, backlog=65535, open_timeout=60) as server:
        print(json.dumps({
            "port": server.sockets[0].getsockname()[1],
            "publish_port": publisher.sockets[0].getsockname()[1]}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
