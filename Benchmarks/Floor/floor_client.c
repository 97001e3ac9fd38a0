/* The least that a load generator can do: many subscribers, one thread, one epoll loop.
 *
 * It sends the technique's request, skips the answer's head, and then looks in the bytes for events
 * (subscriber.h). floor_poller.c is the same for clients that ask again and again.
 *
 * Rules:
 *  1. A connection keeps no bytes but the beginning of an event that a read cut in two.
 *  2. Each client counts for itself: an id that is missing between two others is lost, one that
 *     comes again is a duplicate. What is missing at the end is told apart, as it may still come.
 *  3. Warm-up is left out by id or by time, never by guessing.
 *
 * Standard input is the control: the line `report` prints the figures so far; its end prints them
 * and ends the program. Standard output is JSON, a line each: {"connected":N,...}, then reports.
 */
#define _GNU_SOURCE
#include "floor.h"
#include "subscriber.h"

#include <getopt.h>
#include <sys/epoll.h>

enum {
    /* One read takes what a socket's buffer usually holds when the client is behind. */
    READ_SIZE = 256 * 1024,
    /* Connections being made at once; far below any backlog, so that no SYN is sent twice. */
    RAMP = 128,
    TURN_EVENTS = 256,
    CONTROL = -1,
};

enum state { CONNECTING, READING_HEAD, OPEN, CLOSED };

/* One subscriber: 72 bytes. */
struct client {
    uint64_t last_id;
    int fd;
    uint8_t state;
    /* How many bytes of the expected status line, then of the blank line, have been seen. */
    uint8_t status_seen, blank_seen;
    uint8_t carried;
    char carry[CARRY];
};

static struct {
    enum technique technique;
    uint16_t port;
    int clients;
    const char *path, *subscription, *field;
    double duration_seconds;
} options = {.technique = WEBSOCKET, .clients = 1, .subscription = "SUBSCRIBE"};

static uint64_t closed;
static int epoll;
static struct client *clients;
static int opened, begun;
static char request[1024];
static size_t request_length;
static const char *status_line;
static char buffer[CARRY + READ_SIZE];
static bool stopping;

/* ---------------------------------------------------------------------------------------------
 * Events
 */

/* Counts the events in a read, and carries the beginning of one that the read cut in two. */
static void scan(struct client *client, const char *at, const char *end, int64_t now)
{
    client->carried = 0;
    while ((at = memchr(at, '{', (size_t)(end - at))) != NULL) {
        const char *behind = at;
        uint64_t id, due_ns;
        switch (read_event(&behind, end, &id, &due_ns)) {
        case EVENT:
            count(&client->last_id, id, (int64_t)due_ns, now);
            at = behind;
            break;
        case CUT_SHORT:
            client->carried = (uint8_t)(end - at);
            memcpy(client->carry, at, client->carried);
            return;
        case NO_EVENT:
            at++;
        }
    }
}

/* ---------------------------------------------------------------------------------------------
 * Connections
 */

static int64_t started_ns;

static void watch(struct client *client, uint32_t interest, int operation)
{
    struct epoll_event event = {.events = interest, .data.fd = (int)(client - clients)};
    if (epoll_ctl(epoll, operation, client->fd, &event) < 0)
        fail_call("epoll_ctl");
}

/* Begins as many connections as the ramp allows. */
static void connect_more(void)
{
    while (begun < options.clients && begun - opened < RAMP) {
        struct client *client = &clients[begun++];
        client->fd = begin_connection(options.port);
        client->state = CONNECTING;
        watch(client, EPOLLOUT, EPOLL_CTL_ADD);
    }
}

static void open_client(struct client *client)
{
    client->state = OPEN;
    if (++opened == options.clients)
        printf(
            "{\"connected\":%d,\"connect_ns\":%" PRId64 "}\n", opened, now_ns() - started_ns);
    connect_more();
}

/* Sends the request of a connection that has been made. A technique that answers nothing before
 * its first event is open from here on. */
static void send_request(struct client *client)
{
    check_connection(client->fd);
    /* A fresh socket takes a request of this size whole. */
    if (send(client->fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length)
        fail_call("send of the request");
    watch(client, EPOLLIN, EPOLL_CTL_MOD);
    if (status_line)
        client->state = READING_HEAD;
    else
        open_client(client);
}

/* Reads the answer's head byte by byte, as it may come in pieces; returns where it ends, or `end`.
 * An answer that does not begin with the status the technique wants ends the program. */
static const char *read_head(struct client *client, const char *at, const char *end)
{
    static const char blank[] = "\r\n\r\n";
    while (at < end) {
        char byte = *at++;
        if (status_line[client->status_seen] != '\0') {
            if (byte != status_line[client->status_seen++])
                fail(1, "The server did not answer \"%s\" to %.*s.", status_line,
                     (int)strcspn(request, "\r"), request);
            continue;
        }
        if (byte == blank[client->blank_seen])
            client->blank_seen++;
        else
            client->blank_seen = byte == '\r';
        if (client->blank_seen == 4) {
            open_client(client);
            return at;
        }
    }
    return end;
}

/* Answers a ping that stands alone in a read, as a heartbeat on a quiet connection does, with a
 * pong of the same payload. The mask may be anything (RFC 6455 section 5.3), zero too. */
static void answer_ping(struct client *client, const char *bytes, size_t length)
{
    size_t payload = (uint8_t)bytes[1];
    if (payload > 125 || length != 2 + payload)
        return;
    char pong[6 + 125] = {(char)0x8A, (char)(0x80 | payload)};
    memcpy(pong + 6, bytes + 2, payload);
    send(client->fd, pong, 6 + payload, MSG_NOSIGNAL);
}

static void close_client(struct client *client)
{
    if (client->state != OPEN)
        fail(1, "The server closed a connection before it had answered %.*s.",
             (int)strcspn(request, "\r\n"), request);
    close(client->fd);
    client->state = CLOSED;
    closed++;
}

static void read_client(struct client *client)
{
    char *bytes = buffer + CARRY;
    ssize_t length = recv(client->fd, bytes, READ_SIZE, 0);
    int64_t now = now_ns();
    if (length < 0 && errno == EAGAIN)
        return;
    if (length <= 0) {
        close_client(client);
        return;
    }
    events.receives++;
    const char *end = bytes + length;
    const char *at = bytes;
    if (client->state == READING_HEAD) {
        at = read_head(client, at, end);
    } else if (client->carried) {
        /* The carried bytes go in front of the ones they belong to. */
        at -= client->carried;
        memcpy(bytes - client->carried, client->carry, client->carried);
    } else if (options.technique == WEBSOCKET && *bytes == (char)0x89 && length >= 2) {
        answer_ping(client, bytes, (size_t)length);
    }
    if (client->state == OPEN)
        scan(client, at, end, now);
}

/* ---------------------------------------------------------------------------------------------
 * Control
 */

/* Prints the figures so far. `missing` is what some client has received and others have not. */
static void report(void)
{
    uint64_t newest = 0, missing = 0;
    for (int i = 0; i < begun; i++)
        newest = clients[i].last_id > newest ? clients[i].last_id : newest;
    for (int i = 0; i < begun; i++)
        missing += behind(clients[i].last_id, newest);
    int64_t cpu = events.started ? cpu_ns() - events.cpu_start_ns : 0;
    printf(
        "{\"clients\":%d,\"closed\":%" PRIu64 ",\"received\":%" PRIu64 ",\"lost\":%" PRIu64
        ",\"missing\":%" PRIu64 ",\"duplicate\":%" PRIu64,
        opened, closed, events.latency.count, events.lost, missing, events.duplicate);
    print_quantiles("", &events.latency);
    printf(
        ",\"cpu_ns\":%" PRId64 ",\"cpu_ns_per_message\":%.1f,\"recvs\":%" PRIu64 "}\n",
        cpu, events.latency.count ? (double)cpu / (double)events.latency.count : 0.0,
        events.receives);
}

static void obey(const char *line)
{
    if (strcmp(line, "report") == 0)
        report();
    else
        fprintf(stderr, "\"%s\" is not a control line; `report` is.\n", line);
}

static void dispatch(const struct epoll_event *event)
{
    if (event->data.fd == CONTROL) {
        stopping = !read_control_lines(obey);
        return;
    }
    struct client *client = &clients[event->data.fd];
    if (client->state == CONNECTING)
        send_request(client);
    else
        read_client(client);
}

/* Runs until the control ends, or for --duration once everybody is connected. */
static void run(void)
{
    struct epoll_event ready[TURN_EVENTS];
    int64_t end_ns = 0;
    while (!stopping) {
        struct timespec timeout, *wait = NULL;
        if (options.duration_seconds > 0 && opened == options.clients) {
            int64_t now = now_ns();
            if (end_ns == 0)
                end_ns = now + (int64_t)(options.duration_seconds * 1e9);
            if (now >= end_ns)
                break;
            timeout.tv_sec = (end_ns - now) / NANOSECONDS;
            timeout.tv_nsec = (end_ns - now) % NANOSECONDS;
            wait = &timeout;
        }
        int count = epoll_pwait2(epoll, ready, TURN_EVENTS, wait, NULL);
        if (count < 0 && errno != EINTR)
            fail_call("epoll_pwait2");
        for (int i = 0; i < count; i++)
            dispatch(&ready[i]);
    }
    report();
}

/* ---------------------------------------------------------------------------------------------
 * Setting up
 */

static void write_request(void)
{
    static const char *const paths[] = {
        [WEBSOCKET] = "/events/websocket",
        [SSE] = "/events/sse",
        [HTTP_STREAMING] = "/events/http-streaming",
        [FOREVER_IFRAME] = "/events/forever-iframe",
        /* Everything retained, which is nothing on a fresh server: the request is held. */
        [LONG_POLLING] = "/events/long-polling?since=0",
    };
    static const char *const fields[] = {
        /* The key is RFC 6455's own example. */
        [WEBSOCKET] = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        [SSE] = "Accept: text/event-stream\r\n",
        [HTTP_STREAMING] = "",
        [FOREVER_IFRAME] = "Accept: text/html\r\n",
        [LONG_POLLING] = "",
    };
    int length;
    if (options.technique == RAW_TCP) {
        length = snprintf(request, sizeof request, "%s\n", options.subscription);
    } else {
        length = snprintf(
            request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s%s\r\n",
            options.path ? options.path : paths[options.technique], fields[options.technique],
            options.field ? options.field : "", options.field ? "\r\n" : "");
        status_line = options.technique == WEBSOCKET ? "HTTP/1.1 101" : "HTTP/1.1 200";
    }
    if (options.technique == LONG_POLLING)
        status_line = NULL;
    if (length >= (int)sizeof request)
        fail(2, "--path, --field or --subscription is longer than a request may be.");
    request_length = (size_t)length;
}

static void parse(int argc, char **argv)
{
    static const struct option table[] = {
        {"port", required_argument, NULL, 'p'}, {"clients", required_argument, NULL, 'c'},
        {"mode", required_argument, NULL, 'm'}, {"path", required_argument, NULL, 'u'},
        {"subscription", required_argument, NULL, 'l'}, {"from-id", required_argument, NULL, 'f'},
        {"skip-until-ns", required_argument, NULL, 's'}, {"field", required_argument, NULL, 'h'},
        {"source", required_argument, NULL, 'a'},
        {"duration", required_argument, NULL, 'd'}, {NULL, 0, NULL, 0},
    };
    static const char usage[] =
        "floor_client --port N [--clients 1] [--duration SECONDS] [--from-id ID]\n"
        "             [--skip-until-ns NS] [--path /...] [--subscription LINE]\n"
        "             [--field \"Name: value\"] [--source 127.0.0.N]\n"
        "             [--mode websocket|raw-tcp|sse|http-streaming|forever-iframe|long-polling]";
    int option;
    uint64_t number;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (option) {
        case 'p':
            number = whole_argument("port", optarg);
            if (number == 0 || number > 65535)
                fail(2, "--port: \"%s\" is not a port.", optarg);
            options.port = (uint16_t)number;
            break;
        case 'c':
            number = whole_argument("clients", optarg);
            if (number == 0 || number > 1000000)
                fail(2, "--clients: \"%s\" is not between 1 and 1000000.", optarg);
            options.clients = (int)number;
            break;
        case 'm': options.technique = technique_named(optarg); break;
        case 'u': options.path = optarg; break;
        case 'l': options.subscription = optarg; break;
        case 'f': events.from_id = whole_argument("from-id", optarg); break;
        case 's': events.skip_until_ns = (int64_t)whole_argument("skip-until-ns", optarg); break;
        case 'h': options.field = optarg; break;
        case 'a': source = address_argument("source", optarg); break;
        case 'd': options.duration_seconds = positive_argument("duration", optarg); break;
        default: fail(2, "%s", usage);
        }
    }
    if (options.port == 0 || optind < argc)
        fail(2, "%s", usage);
    if (options.technique == SHORT_POLLING)
        fail(2, "--mode: floor_poller is the client that asks again and again.");
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    parse(argc, argv);
    write_request();

    /* Standard streams, the epoll descriptor, and some room. */
    rlim_t descriptors = raise_descriptor_limit();
    if ((rlim_t)options.clients + 8 > descriptors)
        fail(1, "%d clients need more than the hard limit of %ju open files.", options.clients,
             (uintmax_t)descriptors);
    clients = calloc((size_t)options.clients, sizeof *clients);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || epoll < 0)
        fail(1, "No memory or no descriptor for %d clients.", options.clients);
    /* /dev/null and files cannot be watched; --duration then is the only end. */
    struct epoll_event control = {.events = EPOLLIN, .data.fd = CONTROL};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &control) < 0 && errno != EPERM)
        fail_call("epoll_ctl of standard input");

    started_ns = now_ns();
    connect_more();
    run();
    return 0;
}
