/* What the two clients of the floor share: finding events in bytes, counting them, connecting.
 *
 * A client understands no technique. It looks for `{"id":N,"t":NS`, which every technique carries
 * unchanged. An event's latency is the time after the recv() that brought it, minus its `t`.
 */
#ifndef SUBSCRIBER_H
#define SUBSCRIBER_H

#include "floor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>

enum {
    /* The longest beginning of an event: two literals and two numbers of at most 20 digits. */
    CARRY = 52,
    MAXIMUM_DIGITS = 20,
};

/* ---------------------------------------------------------------------------------------------
 * Finding events
 */

enum match { NO_EVENT, CUT_SHORT, EVENT };

/* Reads `literal` followed by a whole number that has ended, and moves `at` behind it. */
static inline enum match read_number(
    const char **at, const char *end, const char *literal, size_t length, uint64_t *number)
{
    size_t available = (size_t)(end - *at);
    if (memcmp(*at, literal, available < length ? available : length) != 0)
        return NO_EVENT;
    if (available <= length)
        return CUT_SHORT;
    const char *digit = *at + length;
    const char *limit = digit + MAXIMUM_DIGITS;
    uint64_t value = 0;
    while (digit < end && digit < limit && *digit >= '0' && *digit <= '9')
        value = value * 10 + (uint64_t)(*digit++ - '0');
    if (digit == end)
        return digit < limit ? CUT_SHORT : NO_EVENT;
    *number = value;
    *at = digit;
    return EVENT;
}

static inline enum match read_event(
    const char **at, const char *end, uint64_t *id, uint64_t *due_ns)
{
    enum match match = read_number(at, end, "{\"id\":", 6, id);
    return match == EVENT ? read_number(at, end, ",\"t\":", 5, due_ns) : match;
}

/* ---------------------------------------------------------------------------------------------
 * Counting them
 */

/* What all clients of a process have received. Earlier ids and due times are warm-up. */
static struct {
    uint64_t from_id;
    int64_t skip_until_ns;
    uint64_t lost, duplicate, receives;
    int64_t cpu_start_ns;
    bool started;
    struct histogram latency;
} events;

/* Counts an event for the client whose newest id so far is `last_id`. */
static inline void count(uint64_t *last_id, uint64_t id, int64_t due_ns, int64_t now)
{
    if (id < events.from_id)
        return;
    if (id <= *last_id) {
        events.duplicate++;
        return;
    }
    uint64_t missing = *last_id ? id - *last_id - 1 : 0;
    if (*last_id == 0 && events.from_id)
        missing = id - events.from_id;
    *last_id = id;
    if (due_ns < events.skip_until_ns)
        return;
    events.lost += missing;
    if (!events.started) {
        events.started = true;
        events.receives = 1;
        events.cpu_start_ns = cpu_ns();
    }
    histogram_record(&events.latency, now - due_ns);
}

/* How many events a client lacks that another one, whose newest is `newest`, has. */
static inline uint64_t behind(uint64_t last_id, uint64_t newest)
{
    if (last_id == 0)
        last_id = events.from_id && newest ? events.from_id - 1 : newest;
    return newest - last_id;
}

/* Prints `"NAME_p50_ns":N` and so on, each with a comma in front. */
static inline void print_quantiles(const char *name, const struct histogram *histogram)
{
    static const struct { const char *name; double quantile; } quantiles[] = {
        {"p50", 0.50}, {"p90", 0.90}, {"p99", 0.99}, {"p999", 0.999},
    };
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
        printf(",\"%s%s_ns\":%" PRIu64, name, quantiles[i].name,
               histogram_quantile(histogram, quantiles[i].quantile));
    printf(",\"%smax_ns\":%" PRIu64 ",\"%smean_ns\":%" PRIu64, name, histogram->maximum, name,
           histogram_mean(histogram));
}

/* ---------------------------------------------------------------------------------------------
 * Connecting
 */

/* The address that clients come from, out of 127.0.0.0/8; 0 leaves the choice to the kernel.
 *
 * An address has some 28,000 ports, and the kernel looks for a free one ever longer: 15,000
 * connections from one address take twice as long as from three. So many have an address in common,
 * and the next ones the next address. */
enum { CONNECTIONS_AN_ADDRESS = 4000 };

static struct in_addr source;

static inline struct in_addr address_argument(const char *option, const char *text)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        fail(2, "--%s: \"%s\" is not an IPv4 address.", option, text);
    return address;
}

/* A socket that connects to that port of this machine. */
static inline int begin_connection(uint16_t port)
{
    struct sockaddr_in server = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(port),
    };
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail_call("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (source.s_addr) {
        static uint32_t made;
        uint32_t address = ntohl(source.s_addr) + made++ / CONNECTIONS_AN_ADDRESS;
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
        /* The port is then chosen by connect(), which knows the other end (ip(7)). */
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0)
            fail_call("bind to --source");
    }
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        fail_call("connect");
    return fd;
}

/* Ends the program when a connection that has been made is none. */
static inline void check_connection(int fd)
{
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error)
        fail(1, "connect: %s", strerror(error));
}

/* ---------------------------------------------------------------------------------------------
 * Control
 */

/* Reads control lines and says them to `obey`; false at the end of standard input. */
static inline bool read_control_lines(void (*obey)(const char *line))
{
    static char line[64];
    static size_t length;
    char bytes[256];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    for (ssize_t i = 0; i < count; i++) {
        if (bytes[i] != '\n') {
            if (length < sizeof line - 1)
                line[length++] = bytes[i];
            continue;
        }
        line[length] = '\0';
        length = 0;
        obey(line);
    }
    return count > 0;
}

#endif
