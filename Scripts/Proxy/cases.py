"""The configurations that the doctor is shown, and what it must say of each."""

import dataclasses

# Rows of the doctor that are not good are told by their id; what stands before the dash is a state.
STREAMS = ("http-streaming", "forever-iframe", "sse")
SILENCES = ("silence-long-polling", "silence-sse", "silence-websocket")


@dataclasses.dataclass(frozen=True)
class Case:
    """One configuration: what is changed in the documented one, and what must be found."""

    name: str
    #: Texts of the documented configuration and what stands in their place.
    edits: tuple = ()
    #: Ids of the rows that must fail, and of those that must warn; every other row must be good.
    failed: tuple = ()
    warned: tuple = ()
    #: What one of the remedies must say word for word.
    advice: str = ""
    #: Seconds of silence.
    idle: float = 0.5
    #: What stands before nginx: seconds by which a relay delays each direction.
    delay: float = 0.0
    #: Whether nginx passes to a port where nobody listens.
    is_down: bool = False


CASES = (
    Case("as documented", idle=3),
    Case(
        "buffering on", edits=(("            proxy_buffering off;\n", ""), ("'' '';", "'' close;")),
        failed=STREAMS, warned=("keep-alive-server",), advice="proxy_buffering off;"),
    # What comes in chunks nginx passes on at once even so, as long as the client keeps up.
    Case("buffering on, chunks from the server", edits=(("            proxy_buffering off;\n", ""),)),
    Case(
        "gzip on", edits=(("gzip off;", "gzip on; gzip_types *;"),),
        warned=("compression",), advice="gzip off;"),
    Case(
        "gzip on, buffering on",
        edits=(("gzip off;", "gzip on; gzip_types *;"), ("            proxy_buffering off;\n", "")),
        failed=("compression",), advice="gzip off;"),
    Case(
        "Upgrade taken away",
        edits=(("        proxy_set_header Upgrade $http_upgrade;\n", ""),
               ("Connection $connection_upgrade", "Connection ''")),
        failed=("websocket",), advice="proxy_set_header Upgrade $http_upgrade;"),
    Case(
        "Host rewritten to a name", edits=(("        proxy_set_header Host $http_host;\n", ""),),
        failed=("host",), advice="proxy_set_header Host $http_host;"),
    Case(
        "Host rewritten to an address", edits=(("Host $http_host", "Host 127.0.0.1:1"),),
        failed=("host",), advice="proxy_set_header Host $http_host;"),
    Case(
        "HTTP/1.0 to the server", edits=(("        proxy_http_version 1.1;\n", ""),),
        failed=("websocket",), warned=("version", "keep-alive-server"),
        advice="proxy_http_version 1.1;"),
    Case(
        "no connections kept to the server", edits=(("        keepalive 64;\n", ""),),
        warned=("keep-alive-server",), advice="keepalive 64;"),
    Case(
        "no connections kept to clients", edits=(("keepalive_timeout 75s;", "keepalive_timeout 0;"),),
        warned=("keep-alive-client",), advice="keepalive_timeout 75s;"),
    Case(
        "3 s of silence at most", edits=(("proxy_read_timeout 1h;", "proxy_read_timeout 3s;"),),
        failed=SILENCES, advice="proxy_read_timeout 1h;", idle=6),
    Case(
        "query dropped",
        edits=(("        location /events {\n",
                "        location = /events/http-streaming {\n"
                "            proxy_pass http://lab$uri;\n"
                "            proxy_buffering off;\n"
                "        }\n\n"
                "        location /events {\n"),),
        failed=("resumption",), advice="Others: neither drop nor rewrite the query."),
    Case(
        "Last-Event-ID dropped",
        edits=(("proxy_http_version 1.1;",
                "proxy_http_version 1.1; proxy_set_header Last-Event-ID '';"),),
        failed=("resumption",), advice="proxy_set_header Last-Event-ID"),
    Case(
        "POST refused", edits=(("gzip off;", "gzip off; limit_except GET { deny all; }"),),
        warned=("post",), advice="limit_except"),
    Case(
        "POST sent elsewhere", edits=(("location /events {", "location /events/ {"),),
        warned=("post",), advice="location /events without a slash"),
    Case("a way of 20 ms", warned=("latency",), advice="The way to it", delay=0.01),
    Case("server down", failed=("reach",), advice="--server", is_down=True),
)
