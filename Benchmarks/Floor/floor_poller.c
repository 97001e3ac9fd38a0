/* The least that a polling client can do: a request, its answer, and at once the next request.
 *
 * Many clients, one thread, one epoll loop, one request under way on each connection: a closed loop.
 * Whether an answer is held until there is an event (long polling) or comes at once (short polling)
 * is the server's matter. What a client has seen goes into its next request in one of three ways:
 *
 *     --cursor query    the newest id behind --path, which ends in `since=`: pushbench and the floor
 *     --cursor fields   If-Modified-Since and If-None-Match, as the last answer said: nchan
 *     --cursor none     the same request each time
 *
 * An answer is a head of at most 8 KiB and a content of Content-Length bytes, in which events are
 * found as in floor_client.c. 200, 204 and 304 are answers, everything else ends the program.
 *
 * Standard input is the control: `reset` forgets the figures and begins to measure anew, `report`
 * prints the figures since then, the end prints them and ends the program.
 */
#define _GNU_SOURCE
#include "floor.h"
#include "subscriber.h"

#include <getopt.h>
#include <strings.h>
#include <sys/epoll.h>

enum {
    READ_SIZE = 256 * 1024,
    MAXIMUM_HEAD = 8192,
    MAXIMUM_REQUEST = 1024,
    /* An HTTP date is 29 bytes; an entity tag of nchan is a few digits. */
    MAXIMUM_FIELD = 47,
    RAMP = 128,
    TURN_EVENTS = 256,
    CONTROL = -1,
};

enum state { CONNECTING, WAITING, CLOSED };

struct field {
    uint8_t length;
    char bytes[MAXIMUM_FIELD];
};

struct client {
    /* The newest id of any event, and of those that count. */
    uint64_t cursor, last_id;
    int64_t asked_ns;
    /* Bytes of the content that are still to come; nothing of an answer has come while it is 0. */
    uint64_t content_left;
    /* What a read cut in two: the beginning of a head or of an event. */
    char *kept;
    int fd;
    uint16_t kept_length;
    uint8_t state;
    bool has_events;
    struct field modified, tag;
};

static struct {
    uint16_t port;
    int clients;
    const char *path, *field;
    enum { QUERY, FIELDS, NONE } cursor;
    double duration_seconds;
} options = {.clients = 1, .path = "/events/long-polling?since=", .cursor = QUERY};

static struct {
    uint64_t answers, empty, bytes, closed;
    int64_t start_ns, cpu_start_ns;
} window;

static int epoll;
static struct client *clients;
static int opened, begun;
static int64_t started_ns;
/* From the request to the end of its answer. */
static struct histogram exchange;
static char buffer[MAXIMUM_HEAD + READ_SIZE];
static bool stopping;

/* ---------------------------------------------------------------------------------------------
 * Requests
 */

/* The request before and behind the cursor, written once. */
static char opening[MAXIMUM_REQUEST / 2], closing[MAXIMUM_REQUEST / 4];
static size_t opening_length, closing_length;

static void write_request(void)
{
    int length = snprintf(opening, sizeof opening, "GET %s", options.path);
    int rest = snprintf(
        closing, sizeof closing, " HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s",
        options.field ? options.field : "", options.field ? "\r\n" : "");
    if (length >= (int)sizeof opening || rest >= (int)sizeof closing)
        fail(2, "--path or --field is longer than a request may be.");
    opening_length = (size_t)length;
    closing_length = (size_t)rest;
}

static char *append(char *out, const char *bytes, size_t length)
{
    memcpy(out, bytes, length);
    return out + length;
}

static char *append_decimal(char *out, uint64_t number)
{
    char digits[MAXIMUM_DIGITS];
    int at = MAXIMUM_DIGITS;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return append(out, digits + at, (size_t)(MAXIMUM_DIGITS - at));
}

static void ask(struct client *client)
{
    static const char modified[] = "If-Modified-Since: ", tag[] = "If-None-Match: ";
    char request[MAXIMUM_REQUEST];
    char *end = append(request, opening, opening_length);
    if (options.cursor == QUERY)
        end = append_decimal(end, client->cursor);
    end = append(end, closing, closing_length);
    if (client->modified.length) {
        end = append(end, modified, sizeof modified - 1);
        end = append(end, client->modified.bytes, client->modified.length);
        end = append(end, "\r\n", 2);
    }
    if (client->tag.length) {
        end = append(end, tag, sizeof tag - 1);
        end = append(end, client->tag.bytes, client->tag.length);
        end = append(end, "\r\n", 2);
    }
    end = append(end, "\r\n", 2);
    client->has_events = false;
    client->asked_ns = now_ns();
    /* An idle connection's socket takes a request of this size whole. */
    ssize_t length = end - request;
    if (send(client->fd, request, (size_t)length, MSG_NOSIGNAL) != length && errno != EPIPE &&
        errno != ECONNRESET)
        fail_call("send of a request");
}

/* ---------------------------------------------------------------------------------------------
 * Answers
 */

static bool is_named(const char *line, size_t length, const char *name, size_t name_length)
{
    return length > name_length && strncasecmp(line, name, name_length) == 0;
}

static void keep_field(struct field *field, const char *value, const char *end)
{
    while (value < end && *value == ' ')
        value++;
    if (end - value > MAXIMUM_FIELD)
        fail(1, "The server's field \"%.*s\" is too long for a cursor.", (int)(end - value), value);
    field->length = (uint8_t)(end - value);
    memcpy(field->bytes, value, field->length);
}

/* Reads a whole head, sets `content_left`, and remembers the fields that are the cursor. */
static void read_head(struct client *client, const char *at, const char *end)
{
    const char *status = at + strlen("HTTP/1.1 ");
    int line_length = (int)strcspn(at, "\r");
    if (line_length < 12 || (memcmp(status, "200", 3) && memcmp(status, "204", 3) &&
                             memcmp(status, "304", 3)))
        fail(1, "The server answered \"%.*s\" to GET %s.", line_length, at, options.path);
    bool has_length = *status != '2' || status[2] != '0';
    client->content_left = 0;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL && ++at < end) {
        size_t length = (size_t)(end - at);
        if (is_named(at, length, "Content-Length:", 15)) {
            client->content_left = strtoull(at + 15, NULL, 10);
            has_length = true;
        } else if (is_named(at, length, "Transfer-Encoding:", 18)) {
            fail(1, "The server's answers are chunked; their length has to be in the head.");
        } else if (options.cursor == FIELDS && is_named(at, length, "Last-Modified:", 14)) {
            keep_field(&client->modified, at + 14, at + strcspn(at, "\r"));
        } else if (options.cursor == FIELDS && is_named(at, length, "Etag:", 5)) {
            keep_field(&client->tag, at + 5, at + strcspn(at, "\r"));
        }
    }
    if (!has_length)
        fail(1, "An answer to GET %s has no Content-Length.", options.path);
    if (status[0] != '2' || status[2] == '4')
        client->content_left = 0;
}

/* Counts the events of a content; returns where one begins whose end is not there, or `end`. */
static const char *scan(struct client *client, const char *at, const char *end, int64_t now)
{
    while ((at = memchr(at, '{', (size_t)(end - at))) != NULL) {
        const char *behind_it = at;
        uint64_t id, due_ns;
        switch (read_event(&behind_it, end, &id, &due_ns)) {
        case EVENT:
            client->has_events = true;
            if (id > client->cursor)
                client->cursor = id;
            count(&client->last_id, id, (int64_t)due_ns, now);
            at = behind_it;
            break;
        case CUT_SHORT:
            return at;
        case NO_EVENT:
            at++;
        }
    }
    return end;
}

static void keep(struct client *client, const char *bytes, const char *end)
{
    size_t length = (size_t)(end - bytes);
    if (length >= MAXIMUM_HEAD)
        fail(1, "The head of an answer is longer than %d bytes.", MAXIMUM_HEAD);
    client->kept = malloc(length);
    if (!client->kept)
        fail(1, "No memory for a part of an answer.");
    memcpy(client->kept, bytes, length);
    client->kept_length = (uint16_t)length;
}

static void finish_answer(struct client *client, int64_t now)
{
    window.answers++;
    window.empty += !client->has_events;
    histogram_record(&exchange, now - client->asked_ns);
    ask(client);
}

/* Reads what has come of an answer; keeps what is cut. */
static void take(struct client *client, const char *at, const char *end, int64_t now)
{
    while (at < end) {
        if (client->content_left == 0) {
            const char *blank = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
            if (!blank) {
                keep(client, at, end);
                return;
            }
            read_head(client, at, blank + 4);
            at = blank + 4;
        }
        size_t available = (size_t)(end - at);
        bool is_whole = client->content_left <= available;
        const char *limit = is_whole ? at + client->content_left : end;
        const char *scanned = scan(client, at, limit, now);
        client->content_left -= (uint64_t)(limit - at);
        at = limit;
        if (is_whole) {
            finish_answer(client, now);
        } else if (scanned < limit) {
            /* These bytes will be read again, with their end. */
            client->content_left += (uint64_t)(limit - scanned);
            keep(client, scanned, limit);
        }
    }
}

/* ---------------------------------------------------------------------------------------------
 * Connections
 */

static void watch(struct client *client, uint32_t interest, int operation)
{
    struct epoll_event event = {.events = interest, .data.fd = (int)(client - clients)};
    if (epoll_ctl(epoll, operation, client->fd, &event) < 0)
        fail_call("epoll_ctl");
}

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
    check_connection(client->fd);
    ask(client);
    watch(client, EPOLLIN, EPOLL_CTL_MOD);
    client->state = WAITING;
    if (++opened == options.clients)
        printf(
            "{\"connected\":%d,\"connect_ns\":%" PRId64 "}\n", opened, now_ns() - started_ns);
    connect_more();
}

static void read_client(struct client *client)
{
    char *bytes = buffer + MAXIMUM_HEAD;
    ssize_t length = recv(client->fd, bytes, READ_SIZE, 0);
    int64_t now = now_ns();
    if (length < 0 && errno == EAGAIN)
        return;
    if (length <= 0) {
        close(client->fd);
        client->state = CLOSED;
        window.closed++;
        return;
    }
    events.receives++;
    window.bytes += (uint64_t)length;
    const char *at = bytes;
    if (client->kept) {
        at -= client->kept_length;
        memcpy(bytes - client->kept_length, client->kept, client->kept_length);
        free(client->kept);
        client->kept = NULL;
    }
    take(client, at, bytes + length, now);
}

/* ---------------------------------------------------------------------------------------------
 * Control
 */

static void reset(void)
{
    memset(&window, 0, sizeof window);
    memset(&exchange, 0, sizeof exchange);
    memset(&events.latency, 0, sizeof events.latency);
    events.lost = events.duplicate = events.receives = 0;
    window.start_ns = now_ns();
    window.cpu_start_ns = cpu_ns();
}

static void report(void)
{
    uint64_t newest = 0, missing = 0;
    for (int i = 0; i < begun; i++)
        newest = clients[i].last_id > newest ? clients[i].last_id : newest;
    for (int i = 0; i < begun; i++)
        missing += behind(clients[i].last_id, newest);
    int64_t elapsed = now_ns() - window.start_ns, cpu = cpu_ns() - window.cpu_start_ns;
    printf(
        "{\"clients\":%d,\"closed\":%" PRIu64 ",\"window_ns\":%" PRId64 ",\"answers\":%" PRIu64
        ",\"empty\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"answers_per_second\":%.0f"
        ",\"received\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"missing\":%" PRIu64
        ",\"duplicate\":%" PRIu64,
        opened, window.closed, elapsed, window.answers, window.empty, window.bytes,
        (double)window.answers * 1e9 / (double)elapsed, events.latency.count, events.lost, missing,
        events.duplicate);
    print_quantiles("", &events.latency);
    print_quantiles("exchange_", &exchange);
    printf(
        ",\"cpu_ns\":%" PRId64 ",\"cpu_ns_per_answer\":%.1f,\"recvs\":%" PRIu64 "}\n", cpu,
        window.answers ? (double)cpu / (double)window.answers : 0.0, events.receives);
}

static void obey(const char *line)
{
    if (strcmp(line, "report") == 0) {
        report();
    } else if (strcmp(line, "reset") == 0) {
        reset();
        printf("{\"reset_ns\":%" PRId64 "}\n", window.start_ns);
    } else {
        fprintf(stderr, "\"%s\" is not a control line; `reset` and `report` are.\n", line);
    }
}

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
        int ready_count = epoll_pwait2(epoll, ready, TURN_EVENTS, wait, NULL);
        if (ready_count < 0 && errno != EINTR)
            fail_call("epoll_pwait2");
        for (int i = 0; i < ready_count; i++) {
            struct client *client = &clients[ready[i].data.fd];
            if (ready[i].data.fd == CONTROL)
                stopping = !read_control_lines(obey);
            else if (client->state == CONNECTING)
                open_client(client);
            else
                read_client(client);
        }
    }
    report();
}

/* ---------------------------------------------------------------------------------------------
 * Setting up
 */

static void parse(int argc, char **argv)
{
    static const struct option table[] = {
        {"port", required_argument, NULL, 'p'}, {"clients", required_argument, NULL, 'c'},
        {"path", required_argument, NULL, 'u'}, {"cursor", required_argument, NULL, 'k'},
        {"from-id", required_argument, NULL, 'f'}, {"field", required_argument, NULL, 'h'},
        {"source", required_argument, NULL, 'a'}, {"duration", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0},
    };
    static const char usage[] =
        "floor_poller --port N [--clients 1] [--duration SECONDS] [--from-id ID]\n"
        "             [--path /events/long-polling?since=] [--cursor query|fields|none]\n"
        "             [--field \"Name: value\"] [--source 127.0.0.N]";
    static const char *const cursors[] = {[QUERY] = "query", [FIELDS] = "fields", [NONE] = "none"};
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
        case 'k':
            for (options.cursor = QUERY; strcmp(optarg, cursors[options.cursor]) != 0;)
                if (options.cursor++ == NONE)
                    fail(2, "--cursor: \"%s\" is none of query, fields and none.", optarg);
            break;
        case 'u': options.path = optarg; break;
        case 'h': options.field = optarg; break;
        case 'f': events.from_id = whole_argument("from-id", optarg); break;
        case 'a': source = address_argument("source", optarg); break;
        case 'd': options.duration_seconds = positive_argument("duration", optarg); break;
        default: fail(2, "%s", usage);
        }
    }
    if (options.port == 0 || optind < argc)
        fail(2, "%s", usage);
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
    reset();
    connect_more();
    run();
    return 0;
}
