/* The least that a push server can do: the floor that others are measured against.
 *
 * One thread, one epoll loop. An event is framed once; each subscriber then costs one send() of the
 * same bytes. There is no event log, no resumption, no heartbeat and no routing.
 *
 * Rules:
 *  1. The schedule is fixed before the first event, and an event's `t` is its due time. A late
 *     publisher is charged to the latency instead of being left out of it.
 *  2. Nothing is allocated for a delivery, unless the socket cannot take the whole of it: what is
 *     left is then copied for that connection, and EPOLLOUT sends it.
 *  3. Without --coalesce each event is a send of its own, however late it is. With it, every event
 *     that is due leaves in one send.
 *  4. Long polling: `since=N` is all of a request that is read. With --coalesce an answer has all
 *     events since then, without it the next one. An answer is written once for all who lack the
 *     same events. Short polling: the same answer each time, without a look at the request.
 *
 * Standard input is the control: the line `start` (or SIGUSR1) begins the schedule; its end (or
 * SIGTERM) ends the program. Standard output is one line of JSON for each thing that happened:
 * {"port":N}, {"publishing":{...}}, {"published":{...}}.
 */
#define _GNU_SOURCE
#include "floor.h"
#include "accept_key.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <math.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* A request longer than this is refused; browsers send less than 1 KiB. */
    MAXIMUM_HEAD = 4096,
    /* Room for the longest frame around a payload: a chunk size, `id:`, `data:`, line ends. */
    FRAME_ROOM = 128,
    /* Events of one coalesced send: about what a socket takes at once on loopback. */
    BATCH_LIMIT = 256 * 1024,
    /* A subscriber that is so far behind is closed, so that memory stays bounded. */
    BACKLOG_LIMIT = 8 * 1024 * 1024,
    /* The part of a page in a frame that browsers show nothing before. */
    PRELUDE = 1024,
    /* Room for the head of a poll's answer and for what is around its events. */
    ANSWER_ROOM = 512,
    /* Requests of one read: more than a client with one request under way sends. */
    READ_SIZE = 64 * 1024,
    TURN_EVENTS = 256,
};

/* What a connection's socket did not take. */
struct backlog {
    size_t sent, length, capacity;
    char bytes[];
};

/* A connection's whole state, at the index of its descriptor. */
struct connection {
    struct backlog *backlog;
    /* The newest event that a waiting poll's client has. */
    uint64_t since;
    /* The beginning of a poll's request whose end has not come. */
    char *part;
    uint32_t part_length;
    /* Its place among the subscribers, or -1 before its request has been read. Of those who poll,
     * a subscriber is who waits for an answer. */
    int position;
};

static struct {
    enum technique technique;
    int port;
    double rate;
    bool poisson, coalesce;
    uint64_t payload, events, seed;
    int64_t start_in_ns;
} options = {
    .technique = WEBSOCKET, .rate = 50, .payload = 100, .events = 500, .seed = 1,
    .start_in_ns = NANOSECONDS / 10,
};

static struct {
    uint64_t next_id;
    int64_t start_ns, due_ns, cpu_start_ns;
    double waited_ns;
    bool running, reported;
} schedule;

static struct {
    uint64_t deliveries, sends, dropped;
} tally;

static bool is_polled(void)
{
    return options.technique == LONG_POLLING || options.technique == SHORT_POLLING;
}

static int epoll, listener, signals;
static struct connection *connections;
static int *subscribers;
static int subscriber_count, backlog_count;
static char *batch;
static struct histogram lateness;
static bool stopping;

/* ---------------------------------------------------------------------------------------------
 * Connections
 */

static void watch(int fd, uint32_t interest, int operation)
{
    struct epoll_event event = {.events = interest, .data.fd = fd};
    if (epoll_ctl(epoll, operation, fd, &event) < 0)
        fail_call("epoll_ctl");
}

static void forget_backlog(struct connection *connection)
{
    free(connection->backlog);
    connection->backlog = NULL;
    backlog_count--;
}

/* Accepts everybody who waits. TCP_NODELAY is inherited from the listener. */
static void accept_all(void)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        connections[fd] = (struct connection){.position = -1};
        watch(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
    if (errno != EAGAIN && errno != ECONNABORTED)
        fail_call("accept4");
}

/* Makes it no subscriber; the last one takes its place. */
static void unsubscribe(int fd)
{
    struct connection *connection = &connections[fd];
    if (connection->position < 0)
        return;
    int last = subscribers[--subscriber_count];
    subscribers[connection->position] = last;
    connections[last].position = connection->position;
    connection->position = -1;
}

static void close_connection(int fd)
{
    if (connections[fd].backlog)
        forget_backlog(&connections[fd]);
    free(connections[fd].part);
    unsubscribe(fd);
    close(fd);
}

static void subscribe(int fd)
{
    connections[fd].position = subscriber_count;
    subscribers[subscriber_count++] = fd;
}

/* Keeps what the socket did not take behind what is kept already; false when it is too much. */
static bool keep(int fd, const char *bytes, size_t length)
{
    struct connection *connection = &connections[fd];
    struct backlog *backlog = connection->backlog;
    size_t kept = backlog ? backlog->length : 0;
    if (kept + length > BACKLOG_LIMIT)
        return false;
    if (!backlog || kept + length > backlog->capacity) {
        size_t capacity = 2 * (kept + length);
        backlog = realloc(backlog, sizeof *backlog + capacity);
        if (!backlog)
            fail(1, "No memory for what a subscriber did not take.");
        if (!connection->backlog) {
            backlog->sent = backlog->length = 0;
            backlog_count++;
            watch(fd, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
        }
        backlog->capacity = capacity;
        connection->backlog = backlog;
    }
    memcpy(backlog->bytes + kept, bytes, length);
    backlog->length += length;
    return true;
}

/* Sends what was kept for a connection that can take bytes again. */
static void flush(int fd)
{
    struct backlog *backlog = connections[fd].backlog;
    if (!backlog)
        return;
    ssize_t sent = send(
        fd, backlog->bytes + backlog->sent, backlog->length - backlog->sent, MSG_NOSIGNAL);
    tally.sends++;
    if (sent < 0) {
        if (errno != EAGAIN)
            close_connection(fd);
        return;
    }
    backlog->sent += (size_t)sent;
    if (backlog->sent == backlog->length) {
        forget_backlog(&connections[fd]);
        watch(fd, EPOLLIN, EPOLL_CTL_MOD);
    }
}

/* Answers a request head: 101 with the accept key, or the head of a stream that never ends.
 * Returns the answer's length, or 0 when the request cannot be answered. */
static int answer(const char *head, char *out, size_t capacity)
{
    if (options.technique == WEBSOCKET) {
        const char *name = strcasestr(head, "\r\nSec-WebSocket-Key:");
        if (!name)
            return 0;
        const char *key = name + strlen("\r\nSec-WebSocket-Key:");
        key += strspn(key, " \t");
        if (strcspn(key, " \t\r") != KEY_LENGTH)
            return 0;
        char accept[ACCEPT_LENGTH];
        accept_key(key, accept);
        return snprintf(
            out, capacity,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: %.*s\r\n\r\n", ACCEPT_LENGTH, accept);
    }
    return snprintf(
        out, capacity,
        "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nCache-Control: no-store\r\n"
        "Transfer-Encoding: chunked\r\n\r\n",
        options.technique == SSE              ? "text/event-stream"
        : options.technique == FOREVER_IFRAME ? "text/html; charset=utf-8"
                                              : "application/x-ndjson");
}

/* Writes the head of a page in a frame and, as its first chunk, what makes browsers show it. */
static int answer_frame(const char *head, char *out, size_t capacity)
{
    int length = answer(head, out, capacity);
    return length + snprintf(
        out + length, capacity - (size_t)length, "%x\r\n%-*s\n\r\n", PRELUDE, PRELUDE - 1,
        "<!DOCTYPE html><meta charset=\"utf-8\"><title>floor</title>");
}

/* Reads a connection's request, and makes it a subscriber once the request is whole.
 *
 * The head is peeked at and taken out of the socket only when it is complete, so that no connection
 * needs a buffer. Clients on loopback send it in one piece. */
static void read_request(int fd)
{
    char head[MAXIMUM_HEAD + 1], response[512 + PRELUDE + FRAME_ROOM];
    ssize_t length = recv(fd, head, MAXIMUM_HEAD, MSG_PEEK);
    if (length < 0 && errno == EAGAIN)
        return;
    if (length <= 0) {
        close_connection(fd);
        return;
    }
    if (options.technique == RAW_TCP) {
        recv(fd, head, (size_t)length, 0);
        subscribe(fd);
        return;
    }
    char *end = memmem(head, (size_t)length, "\r\n\r\n", 4);
    if (!end && length < MAXIMUM_HEAD)
        return;
    size_t head_length = end ? (size_t)(end + 4 - head) : (size_t)length;
    recv(fd, head, head_length, 0);
    head[head_length] = '\0';
    int response_length = !end ? 0
        : options.technique == FOREVER_IFRAME ? answer_frame(head, response, sizeof response)
                                              : answer(head, response, sizeof response);
    /* A fresh socket takes an answer of this size whole. */
    if (response_length == 0 || send(fd, response, (size_t)response_length, MSG_NOSIGNAL) < 0)
        close_connection(fd);
    else
        subscribe(fd);
}

/* Reads and forgets what a subscriber sends (pongs, mostly), and learns that it has left. */
static void read_subscriber(int fd)
{
    char ignored[4096];
    ssize_t length = recv(fd, ignored, sizeof ignored, 0);
    if (length == 0 || (length < 0 && errno != EAGAIN))
        close_connection(fd);
}

/* ---------------------------------------------------------------------------------------------
 * Events
 */

/* SplitMix64, the generator that the package uses. */
static uint64_t next_random(void)
{
    static uint64_t state;
    if (state == 0)
        state = options.seed;
    uint64_t mixed = state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

/* Sets the due time of the next event. Periodic times are multiplied, not added up, so that they
 * do not drift. */
static void schedule_next(void)
{
    if (options.poisson) {
        double uniform = (double)(next_random() >> 11) * 0x1p-53;
        schedule.waited_ns += -log1p(-uniform) * 1e9 / options.rate;
    } else {
        schedule.waited_ns = (double)(schedule.next_id - 1) * 1e9 / options.rate;
    }
    schedule.due_ns = schedule.start_ns + (int64_t)schedule.waited_ns;
}

/* Appends `{"id":N,"t":NS,"data":"xxx"}`, exactly --payload bytes unless that is too short. */
static char *append_payload(char *out, uint64_t id, int64_t due_ns)
{
    int length = sprintf(out, "{\"id\":%" PRIu64 ",\"t\":%" PRId64 ",\"data\":\"", id, due_ns);
    char *end = out + length;
    if (options.payload > (uint64_t)length + 2) {
        size_t padding = options.payload - (uint64_t)length - 2;
        memset(end, 'x', padding);
        end += padding;
    }
    memcpy(end, "\"}", 2);
    return end + 2;
}

/* Appends one event as the technique frames it:
 *
 *     websocket       81 64 {...}
 *     raw-tcp         {...} LF
 *     http-streaming  65 CRLF {...} LF CRLF
 *     sse             SIZE CRLF id: N LF data: {...} LF LF CRLF
 *     forever-iframe  SIZE CRLF <script>parent.push({...})</script> LF CRLF
 */
static char *append_frame(char *out, uint64_t id, int64_t due_ns)
{
    static char *body;
    if (!body && !(body = malloc(options.payload + FRAME_ROOM)))
        fail(1, "No memory for an event of %" PRIu64 " bytes.", options.payload);
    char *end = body;
    if (options.technique == SSE)
        end += sprintf(end, "id: %" PRIu64 "\ndata: ", id);
    if (options.technique == FOREVER_IFRAME)
        end += sprintf(end, "<script>parent.push(");
    end = append_payload(end, id, due_ns);
    if (options.technique == FOREVER_IFRAME)
        end += sprintf(end, ")</script>");
    if (options.technique != WEBSOCKET)
        *end++ = '\n';
    if (options.technique == SSE)
        *end++ = '\n';

    size_t length = (size_t)(end - body);
    if (options.technique == WEBSOCKET) {
        /* RFC 6455 section 5.2: a final text frame; the length takes 7, 7 + 16 or 7 + 64 bits. */
        int wide = length < 126 ? 0 : length < 65536 ? 2 : 8;
        *out++ = (char)0x81;
        *out++ = (char)(wide == 0 ? length : wide == 2 ? 126 : 127);
        for (int byte = wide; byte-- > 0;)
            *out++ = (char)(length >> (8 * byte));
    } else if (options.technique != RAW_TCP) {
        out += sprintf(out, "%zx\r\n", length);
    }
    memcpy(out, body, length);
    out += length;
    if (options.technique != WEBSOCKET && options.technique != RAW_TCP) {
        memcpy(out, "\r\n", 2);
        out += 2;
    }
    return out;
}

/* Sends bytes behind those that wait already; false when the connection had to be closed. */
static bool deliver(int fd, const char *bytes, size_t length)
{
    size_t taken = 0;
    if (!connections[fd].backlog) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        tally.sends++;
        if (sent < 0 && errno != EAGAIN) {
            close_connection(fd);
            return false;
        }
        taken = sent > 0 ? (size_t)sent : 0;
    }
    if (taken < length && !keep(fd, bytes + taken, length - taken)) {
        tally.dropped++;
        close_connection(fd);
        return false;
    }
    return true;
}

/* Sends the same bytes to every subscriber. The walk is backwards, because closing a subscriber
 * moves the last one into its place. */
static void fan_out(const char *bytes, size_t length, uint64_t events)
{
    for (int i = subscriber_count; i-- > 0;)
        if (deliver(subscribers[i], bytes, length))
            tally.deliveries += events;
}

/* ---------------------------------------------------------------------------------------------
 * Polls
 */

/* All events, a comma behind each; `ends[N]` is where event N ends. Event 0 is none. */
static struct {
    char *bytes;
    size_t *ends;
    uint64_t newest;
} history;

/* The answer that was written last: the events after `since`, up to `last`, when `newest` was the
 * newest one. */
static struct {
    char *bytes;
    size_t length;
    uint64_t since, last, newest;
} written;

static void make_room_for_history(void)
{
    /* Memory that is not written to is not there; the largest schedule costs address space. */
    history.bytes = malloc(options.events * (options.payload + FRAME_ROOM));
    history.ends = calloc(options.events + 1, sizeof *history.ends);
    written.bytes = malloc(ANSWER_ROOM + BATCH_LIMIT + options.payload + FRAME_ROOM);
    if (!history.bytes || !history.ends || !written.bytes)
        fail(1, "No memory for %" PRIu64 " events.", options.events);
}

static void append_to_history(uint64_t id, int64_t due_ns)
{
    char *end = append_payload(history.bytes + history.ends[id - 1], id, due_ns);
    *end++ = ',';
    history.ends[id] = (size_t)(end - history.bytes);
    history.newest = id;
}

/* The first fields are what pushbench sends, so that bytes compare; nobody reads the date. */
#define POLL_HEAD \
    "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nCache-Control: no-store\r\n" \
    "Content-Type: application/json\r\nContent-Length: "

/* Writes the answer to those who have the events up to `since`. */
static void write_answer(uint64_t since)
{
    if (written.length && written.since == since && written.newest == history.newest)
        return;
    uint64_t last = options.coalesce ? history.newest : since + 1;
    while (history.ends[last] - history.ends[since] > BATCH_LIMIT && last > since + 1)
        last--;
    /* Without the last comma. */
    size_t length = history.ends[last] - history.ends[since] - 1;
    char opening[64];
    int opened = sprintf(opening, "{\"cursor\":%" PRIu64 ",\"events\":[", last);
    char *end = written.bytes;
    end += sprintf(end, POLL_HEAD "%zu\r\n\r\n%s", (size_t)opened + length + 2, opening);
    memcpy(end, history.bytes + history.ends[since], length);
    memcpy(end + length, "]}", 2);
    written.since = since;
    written.last = last;
    written.newest = history.newest;
    written.length = (size_t)(end - written.bytes) + length + 2;
}

/* Answers a poll, or makes it wait for the next event. */
static void answer_poll(int fd, uint64_t since)
{
    connections[fd].since = since;
    if (since >= history.newest) {
        if (connections[fd].position < 0)
            subscribe(fd);
        return;
    }
    unsubscribe(fd);
    write_answer(since);
    if (deliver(fd, written.bytes, written.length))
        tally.deliveries += written.last - since;
}

/* Answers everybody who waits, from the last to the first, as an answer ends the waiting. */
static void answer_all_polls(void)
{
    for (int i = subscriber_count; i-- > 0;)
        answer_poll(subscribers[i], connections[subscribers[i]].since);
}

/* The number behind `since=` in the request's first line; 0 when there is none. */
static uint64_t cursor_of(const char *request, const char *end)
{
    const char *line_end = memchr(request, '\r', (size_t)(end - request));
    const char *name = memmem(request, (size_t)(line_end - request), "since=", 6);
    return name ? strtoull(name + 6, NULL, 10) : 0;
}

/* Keeps the beginning of a request; false when it is longer than a request may be. */
static bool keep_part(int fd, const char *bytes, size_t length)
{
    struct connection *connection = &connections[fd];
    if (length > MAXIMUM_HEAD || !(connection->part = malloc(length)))
        return false;
    memcpy(connection->part, bytes, length);
    connection->part_length = (uint32_t)length;
    return true;
}

/* Puts what was kept in front of what has come, and returns where that begins. */
static const char *join_part(int fd, char *bytes)
{
    struct connection *connection = &connections[fd];
    if (!connection->part)
        return bytes;
    bytes -= connection->part_length;
    memcpy(bytes, connection->part, connection->part_length);
    free(connection->part);
    connection->part = NULL;
    return bytes;
}

/* Answers `count` short polls in as few sends as there is room for; gives up when it is closed. */
static void answer_short_polls(int fd, size_t count)
{
    static const char empty[] = POLL_HEAD "24\r\n\r\n{\"cursor\":0,\"events\":[]}";
    enum { LENGTH = sizeof empty - 1, TOGETHER = 64 };
    static char answers[TOGETHER * LENGTH];
    if (!*answers)
        for (size_t i = 0; i < TOGETHER; i++)
            memcpy(answers + i * LENGTH, empty, LENGTH);
    while (count > 0) {
        size_t now = count < TOGETHER ? count : TOGETHER;
        if (!deliver(fd, answers, now * LENGTH))
            return;
        count -= now;
    }
}

/* Reads requests and answers those that are whole. Of pipelined long polls the last one counts. */
static void read_polls(int fd)
{
    static char requests[MAXIMUM_HEAD + READ_SIZE];
    ssize_t length = recv(fd, requests + MAXIMUM_HEAD, READ_SIZE, 0);
    if (length <= 0) {
        if (length == 0 || errno != EAGAIN)
            close_connection(fd);
        return;
    }
    const char *limit = requests + MAXIMUM_HEAD + length;
    const char *at = join_part(fd, requests + MAXIMUM_HEAD), *end;
    size_t count = 0;
    uint64_t since = 0;
    while ((end = memmem(at, (size_t)(limit - at), "\r\n\r\n", 4)) != NULL) {
        if (options.technique == LONG_POLLING)
            since = cursor_of(at, end + 4);
        count++;
        at = end + 4;
    }
    if (at < limit && !keep_part(fd, at, (size_t)(limit - at)))
        close_connection(fd);
    else if (options.technique == SHORT_POLLING)
        answer_short_polls(fd, count);
    else if (count > 0)
        answer_poll(fd, since);
}

/* Publishes the next event, or with --coalesce all events that are due. */
static void publish(void)
{
    int64_t now = now_ns();
    if (schedule.next_id == 1)
        schedule.cpu_start_ns = cpu_ns();
    char *end = batch;
    uint64_t events = 0;
    do {
        if (options.technique == LONG_POLLING)
            append_to_history(schedule.next_id, schedule.due_ns);
        else
            end = append_frame(end, schedule.next_id, schedule.due_ns);
        histogram_record(&lateness, now - schedule.due_ns);
        events++;
        if (schedule.next_id++ == options.events) {
            schedule.running = false;
            break;
        }
        schedule_next();
    } while (options.coalesce && schedule.due_ns <= now && end - batch < BATCH_LIMIT);
    if (options.technique == LONG_POLLING)
        answer_all_polls();
    else
        fan_out(batch, (size_t)(end - batch), events);
}

/* ---------------------------------------------------------------------------------------------
 * Control
 */

static void start(void)
{
    if (schedule.next_id != 0)
        return;
    schedule.next_id = 1;
    schedule.running = true;
    schedule.start_ns = now_ns() + options.start_in_ns;
    if (options.poisson)
        schedule_next();
    else
        schedule.due_ns = schedule.start_ns;
    printf("{\"publishing\":{\"start_ns\":%" PRId64 "}}\n", schedule.start_ns);
}

/* Says what was done, once. */
static void report(void)
{
    if (schedule.reported)
        return;
    schedule.reported = true;
    uint64_t last = schedule.next_id ? schedule.next_id - 1 : 0;
    int64_t cpu = last ? cpu_ns() - schedule.cpu_start_ns : 0;
    printf(
        "{\"published\":{\"first\":%d,\"last\":%" PRIu64 ",\"lateness_p50_ns\":%" PRIu64
        ",\"lateness_p99_ns\":%" PRIu64 ",\"deliveries\":%" PRIu64 ",\"sends\":%" PRIu64
        ",\"cpu_ns\":%" PRId64 ",\"cpu_ns_per_delivery\":%.1f,\"subscribers\":%d"
        ",\"dropped\":%" PRIu64 "}}\n",
        last > 0, last, histogram_quantile(&lateness, 0.50), histogram_quantile(&lateness, 0.99),
        tally.deliveries, tally.sends, cpu,
        tally.deliveries ? (double)cpu / (double)tally.deliveries : 0.0, subscriber_count,
        tally.dropped);
}

static void read_signal(void)
{
    struct signalfd_siginfo information;
    if (read(signals, &information, sizeof information) != sizeof information)
        return;
    if (information.ssi_signo == SIGUSR1)
        start();
    else
        stopping = true;
}

/* Reads control lines; the only one is `start`. */
static void read_control(void)
{
    static char line[64];
    static size_t length;
    char byte[256];
    ssize_t count = read(STDIN_FILENO, byte, sizeof byte);
    if (count <= 0) {
        stopping = true;
        return;
    }
    for (ssize_t i = 0; i < count; i++) {
        if (byte[i] != '\n') {
            if (length < sizeof line - 1)
                line[length++] = byte[i];
            continue;
        }
        line[length] = '\0';
        length = 0;
        if (strcmp(line, "start") == 0)
            start();
        else
            fprintf(stderr, "\"%s\" is not a control line; `start` is.\n", line);
    }
}

static void dispatch(const struct epoll_event *event)
{
    int fd = event->data.fd;
    if (fd == STDIN_FILENO)
        read_control();
    else if (fd == signals)
        read_signal();
    else if (fd == listener)
        accept_all();
    else if (event->events & EPOLLOUT)
        flush(fd);
    else if (is_polled())
        read_polls(fd);
    else if (connections[fd].position < 0)
        read_request(fd);
    else
        read_subscriber(fd);
}

static void run(void)
{
    struct epoll_event ready[TURN_EVENTS];
    while (!stopping) {
        int64_t wait_ns = -1;
        if (schedule.running && now_ns() >= schedule.due_ns)
            publish();
        if (schedule.running) {
            wait_ns = schedule.due_ns - now_ns();
            wait_ns = wait_ns > 0 ? wait_ns : 0;
        } else if (schedule.next_id > options.events && backlog_count == 0) {
            report();
        }
        struct timespec timeout = {wait_ns / NANOSECONDS, wait_ns % NANOSECONDS};
        int count = epoll_pwait2(epoll, ready, TURN_EVENTS, wait_ns < 0 ? NULL : &timeout, NULL);
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

static void parse(int argc, char **argv)
{
    static const struct option table[] = {
        {"port", required_argument, NULL, 'p'}, {"mode", required_argument, NULL, 'm'},
        {"rate", required_argument, NULL, 'r'}, {"payload", required_argument, NULL, 'b'},
        {"events", required_argument, NULL, 'n'}, {"arrivals", required_argument, NULL, 'a'},
        {"seed", required_argument, NULL, 's'}, {"start-in-ns", required_argument, NULL, 'i'},
        {"coalesce", no_argument, NULL, 'c'}, {NULL, 0, NULL, 0},
    };
    static const char usage[] =
        "floor_server [--port 0] [--rate 50] [--payload 100] [--events 500]\n"
        "             [--arrivals periodic|poisson] [--seed 1] [--start-in-ns 100000000]\n"
        "             [--coalesce] [--mode websocket|raw-tcp|sse|http-streaming|forever-iframe|\n"
        "             long-polling|short-polling]";
    int option;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (option) {
        case 'p': options.port = (int)whole_argument("port", optarg); break;
        case 'm': options.technique = technique_named(optarg); break;
        case 'r': options.rate = positive_argument("rate", optarg); break;
        case 'b': options.payload = whole_argument("payload", optarg); break;
        case 'n': options.events = whole_argument("events", optarg); break;
        case 's': options.seed = whole_argument("seed", optarg); break;
        case 'i': options.start_in_ns = (int64_t)whole_argument("start-in-ns", optarg); break;
        case 'c': options.coalesce = true; break;
        case 'a':
            options.poisson = strcmp(optarg, "poisson") == 0;
            if (!options.poisson && strcmp(optarg, "periodic") != 0)
                fail(2, "--arrivals: \"%s\" is neither periodic nor poisson.", optarg);
            break;
        default: fail(2, "%s", usage);
        }
    }
    if (optind < argc)
        fail(2, "%s", usage);
    if (options.port > 65535 || options.events == 0)
        fail(2, "--port is at most 65535, and --events at least 1.");
    if (options.payload > 1024 * 1024)
        fail(2, "--payload: %" PRIu64 " is more than the floor's 1 MiB.", options.payload);
    if (options.technique == SHORT_POLLING && options.coalesce)
        fail(2, "--coalesce: short polling delivers nothing here.");
}

static void listen_on_loopback(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)options.port),
    };
    socklen_t length = sizeof address;
    int on = 1;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0)
        fail_call("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0)
        fail_call("bind");
    /* The kernel takes the smaller of this and net.core.somaxconn. */
    if (listen(listener, 65535) < 0)
        fail_call("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    printf("{\"port\":%d}\n", ntohs(address.sin_port));
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    parse(argc, argv);
    /* The default slack of 50 µs would make every event that much late. */
    prctl(PR_SET_TIMERSLACK, 1UL);

    rlim_t descriptors = raise_descriptor_limit();
    connections = calloc(descriptors, sizeof *connections);
    subscribers = calloc(descriptors, sizeof *subscribers);
    batch = malloc(BATCH_LIMIT + options.payload + 2 * FRAME_ROOM);
    if (!connections || !subscribers || !batch)
        fail(1, "No memory for %ju connections.", (uintmax_t)descriptors);
    if (options.technique == LONG_POLLING)
        make_room_for_history();

    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signals = signalfd(-1, &mask, SFD_CLOEXEC);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (signals < 0 || epoll < 0)
        fail_call("signalfd or epoll_create1");
    watch(signals, EPOLLIN, EPOLL_CTL_ADD);
    /* /dev/null and files cannot be watched; the signals then are the only control. */
    struct epoll_event control = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &control) < 0 && errno != EPERM)
        fail_call("epoll_ctl of standard input");

    listen_on_loopback();
    run();
    return 0;
}
