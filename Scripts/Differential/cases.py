"""The bytes that are judged: shapes made by hand, and mutations of good ones by seed."""

import random
import struct

END = b"\r\n\r\n"
HOST = b"Host: h\r\n"


def get(*lines, target=b"/", version=b"HTTP/1.1", host=True):
    head = [b"GET " + target + b" " + version]
    return b"\r\n".join(head + ([b"Host: h"] if host else []) + list(lines)) + END


def post(*lines, content=b""):
    return b"\r\n".join([b"POST /events HTTP/1.1", b"Host: h", *lines]) + END + content


def chunked(content, coding=b"chunked"):
    return post(b"Transfer-Encoding: " + coding, content=content)


FIVE = b"5\r\nhello\r\n0\r\n\r\n"

GOOD_REQUESTS = [
    get(),
    get(b"User-Agent: curl/7.64.1", b"Accept-Language: en, mi", target=b"/hello.txt?since=17&a=%20"),
    get(b"Connection: close", b"Cookie: a=b; c=\"d\""),
    get(version=b"HTTP/1.0", host=False),
    get(b"Connection: keep-alive", version=b"HTTP/1.0") + get(target=b"/second"),
    get() + get(target=b"/b") + get(target=b"/c"),
    post(b"Content-Length: 5", content=b"hello") + get(target=b"/next"),
    post(b"Content-Length: 0") + get(target=b"/next"),
    chunked(FIVE) + get(target=b"/next"),
    chunked(b"5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: v\r\nU: w\r\n\r\n"),
    post(b"Expect: 100-continue", b"Content-Length: 5", content=b"hello"),
    get(target=b"http://h/p?q"),
    b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: h:8080\r\nX-Empty:\r\n\r\n",
    get(b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", target=b"/chat"),
]

SHAPES = {
    # Two ways to say how long the content is.
    "length and chunked": post(b"Content-Length: 5", b"Transfer-Encoding: chunked", content=FIVE),
    "chunked and length": post(b"Transfer-Encoding: chunked", b"Content-Length: 5", content=FIVE),
    "two lengths, the same": post(b"Content-Length: 5", b"Content-Length: 5", content=b"hello"),
    "two lengths": post(b"Content-Length: 5", b"Content-Length: 6", content=b"hello!"),
    "a list of lengths, the same": post(b"Content-Length: 5, 5", content=b"hello"),
    "a list of lengths": post(b"Content-Length: 5, 6", content=b"hello!"),
    "length +5": post(b"Content-Length: +5", content=b"hello"),
    "length -5": post(b"Content-Length: -5", content=b"hello"),
    "length 0x5": post(b"Content-Length: 0x5", content=b"hello"),
    "length 5.0": post(b"Content-Length: 5.0", content=b"hello"),
    "length 5 with a space in it": post(b"Content-Length: 1 0", content=b"hello"),
    "length 005": post(b"Content-Length: 005", content=b"hello"),
    "length empty": post(b"Content-Length:", content=b""),
    "length of 25 digits": post(b"Content-Length: " + b"9" * 25),
    "length above the limit": post(b"Content-Length: 99999999"),
    "length in Arabic digits": post("Content-Length: ٥".encode(), content=b"hello"),
    # Transfer codings.
    "coding xchunked": chunked(FIVE, b"xchunked"),
    "coding chunked, chunked": chunked(FIVE, b"chunked, chunked"),
    "coding gzip": chunked(FIVE, b"gzip"),
    "coding gzip, chunked": chunked(FIVE, b"gzip, chunked"),
    "coding chunked, gzip": chunked(FIVE, b"chunked, gzip"),
    "coding identity": chunked(FIVE, b"identity"),
    "coding chunked;q=1": chunked(FIVE, b"chunked;q=1"),
    "coding CHUNKED": chunked(FIVE, b"CHUNKED"),
    "coding after a tab": post(b"Transfer-Encoding:\tchunked", content=FIVE),
    "coding before a tab": post(b"Transfer-Encoding: chunked\t", content=FIVE),
    "coding after VT": post(b"Transfer-Encoding: \x0bchunked", content=FIVE),
    "coding in quotes": chunked(FIVE, b'"chunked"'),
    "coding empty": chunked(FIVE, b""),
    "coding with a comma": chunked(FIVE, b"chunked,"),
    "two codings": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", content=FIVE),
    "coding in HTTP/1.0": b"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + FIVE,
    "coding with an underscore": post(b"Transfer_Encoding: chunked", content=b""),
    # Chunks.
    "chunk +5": chunked(b"+5\r\nhello\r\n0\r\n\r\n"),
    "chunk 0x5": chunked(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "chunk -5": chunked(b"-5\r\nhello\r\n0\r\n\r\n"),
    "chunk without a size": chunked(b"\r\nhello\r\n0\r\n\r\n"),
    "chunk with a space before": chunked(b" 5\r\nhello\r\n0\r\n\r\n"),
    "chunk with a space behind": chunked(b"5 \r\nhello\r\n0\r\n\r\n"),
    "chunk with a tab behind": chunked(b"5\t\r\nhello\r\n0\r\n\r\n"),
    "chunk with a space before its extension": chunked(b"5 ;a\r\nhello\r\n0\r\n\r\n"),
    "chunk extension": chunked(b"5;a=\"b;c\"\r\nhello\r\n0;z\r\n\r\n"),
    "chunk extension with LF": chunked(b"5;a\nhello\r\n0\r\n\r\n"),
    "chunk extension with CR": chunked(b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
    "chunk extension with NUL": chunked(b"5;a\x00\r\nhello\r\n0\r\n\r\n"),
    "chunk extension with a control character": chunked(b"5;a\x01\r\nhello\r\n0\r\n\r\n"),
    "chunk extension of 2,000 bytes": chunked(b"5;" + b"a" * 2000 + b"\r\nhello\r\n0\r\n\r\n"),
    "chunk size of 16 digits": chunked(b"0000000000000005\r\nhello\r\n0\r\n\r\n"),
    "chunk size of 21 digits": chunked(b"0" * 20 + b"5\r\nhello\r\n0\r\n\r\n"),
    "chunk of 2^64": chunked(b"10000000000000000\r\nhello\r\n0\r\n\r\n"),
    "chunk that ends in LF": chunked(b"5\nhello\n0\n\n"),
    "chunk that is longer": chunked(b"4\r\nhello\r\n0\r\n\r\n"),
    "chunk that is shorter": chunked(b"6\r\nhello\r\n0\r\n\r\n"),
    "last chunk 000": chunked(b"5\r\nhello\r\n000\r\n\r\n"),
    "trailer without a colon": chunked(b"0\r\nT\r\n\r\n"),
    "trailer that ends in LF": chunked(b"0\r\nT: v\r\n\n"),
    "trailer with a control character": chunked(b"0\r\nT: \x01\r\n\r\n"),
    "trailer with a folded line": chunked(b"0\r\nT: a\r\n b\r\n\r\n"),
    "trailer with a length": chunked(b"0\r\nContent-Length: 9\r\n\r\n") + get(target=b"/next"),
    # Lines and fields.
    "bare LF": b"GET / HTTP/1.1\nHost: h\n\n",
    "bare LF after a field": b"GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
    "bare LF at the end": b"GET / HTTP/1.1\r\nHost: h\r\n\n",
    "bare CR in a value": get(b"X: a\rb"),
    "bare CR as line end": b"GET / HTTP/1.1\rHost: h\r\r",
    "CR CR LF": b"GET / HTTP/1.1\r\nHost: h\r\r\n\r\n",
    "folded": get(b"X: a", b" b"),
    "folded first": b"GET / HTTP/1.1\r\n Host: h\r\n\r\n",
    "folded coding": post(b"Transfer-Encoding:", b" chunked", content=FIVE),
    "space before the colon": post(b"Content-Length : 5", content=b"hello"),
    "tab before the colon": post(b"Content-Length\t: 5", content=b"hello"),
    "space in a name": get(b"X Y: z"),
    "no colon": get(b"XY"),
    "no name": get(b": z"),
    "no value": get(b"X:"),
    "NUL in a value": get(b"X: a\x00b"),
    "NUL in a name": get(b"X\x00: a"),
    "NUL in the target": get(target=b"/\x00"),
    "control character in a value": get(b"X: a\x01b"),
    "DEL in a value": get(b"X: a\x7fb"),
    "obs-text in a value": get(b"X: \xe9\xff"),
    "letters beyond ASCII in a name": get("X-é: a".encode()),
    "parentheses in a name": get(b"X(): a"),
    "100 fields": get(*[b"X: %d" % i for i in range(99)]),
    "101 fields": get(*[b"X: %d" % i for i in range(101)]),
    "head of 20,000 bytes": get(b"X: " + b"a" * 20_000),
    "target of 9,000 bytes": get(target=b"/" + b"a" * 9000),
    # Host.
    "no host": get(host=False),
    "no host in HTTP/1.0": get(host=False, version=b"HTTP/1.0"),
    "two hosts": get(b"Host: h"),
    "two hosts that differ": get(b"Host: g"),
    "empty host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "host with a user": b"GET / HTTP/1.1\r\nHost: a@h\r\n\r\n",
    "host with a space": b"GET / HTTP/1.1\r\nHost: h g\r\n\r\n",
    "host with a slash": b"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n",
    "host with a letter for a port": b"GET / HTTP/1.1\r\nHost: h:x\r\n\r\n",
    "host that is an address": b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    # The request line.
    "absolute form": get(target=b"http://h:80/p?q"),
    "absolute form, another host": get(target=b"http://g/p"),
    "absolute form without a path": get(target=b"http://h"),
    "absolute form with a query only": get(target=b"http://h?q"),
    "absolute form without a host": get(target=b"http:///p"),
    "absolute form with a user": get(target=b"http://a:b@h/p"),
    "absolute form of https": get(target=b"https://h/p"),
    "authority form": get(target=b"h:80"),
    "CONNECT": b"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n",
    "asterisk of GET": get(target=b"*"),
    "fragment": get(target=b"/a#b"),
    "letters beyond ASCII in the target": get(target="/é".encode()),
    "tab in the target": get(target=b"/a\tb"),
    "backslash in the target": get(target=b"/a\\b|{}\"<>^`"),
    "no slash": get(target=b"a"),
    "two spaces": b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
    "three words and one": b"GET / x HTTP/1.1\r\nHost: h\r\n\r\n",
    "tab for a space": b"GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n",
    "space behind the version": b"GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
    "space before the method": b" GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/1.2": get(version=b"HTTP/1.2"),
    "HTTP/1.2 without a host": get(version=b"HTTP/1.2", host=False),
    "HTTP/2.0": get(version=b"HTTP/2.0"),
    "HTTP/0.9, said": get(version=b"HTTP/0.9"),
    "HTTP/1.10": get(version=b"HTTP/1.10"),
    "http/1.1": get(version=b"http/1.1"),
    "HTTP/1,1": get(version=b"HTTP/1,1"),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a1030365") + b"\0" * 20,
    "method get": b"get / HTTP/1.1\r\nHost: h\r\n\r\n",
    "method PURGE": b"PURGE / HTTP/1.1\r\nHost: h\r\n\r\n",
    "method G@T": b"G@T / HTTP/1.1\r\nHost: h\r\n\r\n",
    "method of 300 letters": b"A" * 300 + b" / HTTP/1.1\r\nHost: h\r\n\r\n",
    "empty line first": b"\r\n" + get(),
    "ten empty lines first": b"\r\n" * 10 + get(),
    "bare LF first": b"\n" + get(),
    "empty line between": get() + b"\r\n" + get(target=b"/b"),
    # The rest.
    "expect something else": post(b"Expect: 200-ok", b"Content-Length: 0"),
    "length of a GET": get(b"Content-Length: 5") + b"hello" + get(target=b"/next"),
    "connection as a list": get(b"Connection: x, Close , y") + get(target=b"/never"),
    "connection twice": get(b"Connection: x", b"Connection: close") + get(target=b"/never"),
    "request behind a last one": get(b"Connection: close") + get(target=b"/never"),
    "half a head": b"GET / HTTP/1.1\r\nHost: h\r\n",
    "half a content": post(b"Content-Length: 9", content=b"hello"),
    "nothing": b"",
}


def frame(opcode, payload=b"", fin=True, mask=b"\x37\xfa\x21\x3d", form=0, reserved=0):
    first = bytes([(0x80 if fin else 0) | reserved | opcode])
    flag = 0x80 if mask else 0
    if form == 64 or len(payload) > 65535:
        length = bytes([flag | 127]) + struct.pack(">Q", len(payload))
    elif form == 16 or len(payload) > 125:
        length = bytes([flag | 126]) + struct.pack(">H", len(payload))
    else:
        length = bytes([flag | len(payload)])
    if mask:
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return first + length + (mask or b"") + payload


def frames(mask):
    """Conversations of a peer that masks, or does not."""

    def f(opcode, payload=b"", **more):
        return frame(opcode, payload, **{"mask": mask, **more})

    other = None if mask else b"abcd"
    close = struct.pack(">H", 1000)
    shapes = {
        "text": f(1, b"Hello"),
        "binary": f(2, bytes(range(256))),
        "empty": f(1) + f(2) + f(9) + f(10),
        "fragments": f(1, b"Hel", fin=False) + f(9, b"ping") + f(0, b"lo"),
        "fragments of one letter": f(1, b"\xc5", fin=False) + f(0, b"\xbe"),
        "many fragments": f(2, b"a", fin=False) + f(0, b"b", fin=False) * 20 + f(0, b"c"),
        "empty fragments": f(1, fin=False) + f(0, fin=False) + f(0),
        "126 bytes": f(2, b"x" * 126),
        "65,535 bytes": f(2, b"x" * 65535),
        "65,536 bytes": f(2, b"x" * 65536),
        "long form of 16 bits": f(2, b"hi", form=16),
        "long form of 64 bits": f(2, b"x" * 200, form=64),
        "highest bit": bytes([0x82, (0x80 if mask else 0) | 127]) + b"\xff" * 8,
        "the other's mask": f(1, b"Hello", mask=other),
        "ping of 125": f(9, b"x" * 125),
        "ping of 126": f(9, b"x" * 126),
        "ping in fragments": f(9, b"x", fin=False),
        "pong": f(10, b"x"),
        "continuation": f(0, b"x"),
        "continuation behind a whole message": f(1, b"a") + f(0, b"b"),
        "interrupted": f(1, b"a", fin=False) + f(1, b"b"),
        "interrupted by binary": f(1, b"a", fin=False) + f(2, b"b"),
        "close": f(8, close) + f(1, b"behind it"),
        "close with a reason": f(8, close + b"bye"),
        "close without a code": f(8),
        "close with half a code": f(8, b"\x03"),
        "close with a broken reason": f(8, close + b"\xff"),
        "close within a message": f(1, b"a", fin=False) + f(8, close),
        "broken text": f(1, b"\xc0\x80"),
        "text that ends early": f(1, b"\xf0\x9f\x90"),
        "surrogate": f(1, b"\xed\xa0\x80"),
        "beyond Unicode": f(1, b"\xf4\x90\x80\x80"),
        "half a frame": f(1, b"Hello")[:-2],
        "half a header": f(1, b"x" * 200)[:3],
    }
    for bit in (0x40, 0x20, 0x10):
        shapes[f"reserved bit {bit:#x}"] = f(1, b"x", reserved=bit)
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        shapes[f"opcode {opcode}"] = f(opcode, b"x")
    for code in (0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011,
                 1012, 1013, 1014, 1015, 1016, 1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65535):
        shapes[f"close with {code}"] = f(8, struct.pack(">H", code))
    return shapes


def mutated(dice, original, awkward):
    """`original` with one to three places changed, removed, doubled or replaced."""
    data = bytearray(original)
    for _ in range(dice.randint(1, 3)):
        if not data:
            break
        place = dice.randrange(len(data))
        kind = dice.randrange(5)
        if kind == 0:
            data[place] = dice.randrange(256)
        elif kind == 1:
            data[place : place + 1] = dice.choice(awkward)
        elif kind == 2:
            del data[place : place + dice.randint(1, 3)]
        elif kind == 3:
            data[place:place] = data[place : place + dice.randint(1, 4)]
        else:
            data[place:place] = dice.choice(awkward)
    return bytes(data)


HTTP_AWKWARD = [
    b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b":", b",", b";", b"/", b"?", b"#", b"@", b"+", b"-",
    b"0", b"5", b"F", b"0x", b"\x7f", b"\x80", b"\xff", b"\x01", b"\x0b", b"HTTP/1.0", b"Host: g\r\n",
    b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n",
]
FRAME_AWKWARD = [
    b"\x00", b"\x01", b"\x80", b"\x81", b"\x82", b"\x88", b"\x89", b"\x8a", b"\x7e", b"\x7f",
    b"\xfe", b"\xff", b"\x03\xe8", b"\xed\xa0\x80", b"\xc5\xbe", b"\xc1",
]


def http_cases(count, seed):
    yield from SHAPES.items()
    for index, request in enumerate(GOOD_REQUESTS):
        yield f"good {index}", request
    dice = random.Random(seed)
    for index in range(count):
        yield f"mutant {index}", mutated(dice, dice.choice(GOOD_REQUESTS), HTTP_AWKWARD)


def frame_cases(mask, count, seed):
    shapes = frames(mask)
    yield from shapes.items()
    short = [shape for shape in shapes.values() if len(shape) < 400]
    dice = random.Random(seed)
    for index in range(count):
        original = dice.choice(short) + dice.choice(short)
        yield f"mutant {index}", mutated(dice, original, FRAME_AWKWARD)
