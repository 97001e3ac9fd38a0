#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/sockios.h>
// Not <netinet/tcp.h>, whose tcp_info ends before the byte counters; the two cannot be included
// together.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static socklen_t to_system(const struct clx_address *address, struct sockaddr_storage *storage) {
    memset(storage, 0, sizeof *storage);
    if (address->is_ipv6) {
        struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)storage;
        uint64_t halves[2] = {htobe64(address->high), htobe64(address->low)};
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(address->port);
        memcpy(&ipv6->sin6_addr, halves, sizeof halves);
        return sizeof *ipv6;
    }
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)storage;
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(address->port);
    ipv4->sin_addr.s_addr = htonl((uint32_t)address->low);
    return sizeof *ipv4;
}

static int from_system(const struct sockaddr_storage *storage, struct clx_address *address) {
    memset(address, 0, sizeof *address);
    if (storage->ss_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)storage;
        uint64_t halves[2];
        memcpy(halves, &ipv6->sin6_addr, sizeof halves);
        address->is_ipv6 = 1;
        address->port = ntohs(ipv6->sin6_port);
        address->high = be64toh(halves[0]);
        address->low = be64toh(halves[1]);
        return 0;
    }
    if (storage->ss_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)storage;
        address->port = ntohs(ipv4->sin_port);
        address->low = ntohl(ipv4->sin_addr.s_addr);
        return 0;
    }
    return -EAFNOSUPPORT;
}

int clx_address_parse(const char *text, struct clx_address *address) {
    struct sockaddr_storage storage = {0};
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&storage)->sin_addr) == 1) {
        storage.ss_family = AF_INET;
    } else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&storage)->sin6_addr) == 1) {
        storage.ss_family = AF_INET6;
    } else {
        return 0;
    }
    from_system(&storage, address);
    return 1;
}

int clx_address_format(const struct clx_address *address, char *text, size_t capacity) {
    struct sockaddr_storage storage;
    to_system(address, &storage);
    const void *bytes = address->is_ipv6
        ? (const void *)&((struct sockaddr_in6 *)&storage)->sin6_addr
        : (const void *)&((struct sockaddr_in *)&storage)->sin_addr;
    return inet_ntop(storage.ss_family, bytes, text, (socklen_t)capacity) == NULL ? -errno : 0;
}

int clx_socket(int is_ipv6) {
    int family = is_ipv6 ? AF_INET6 : AF_INET;
    int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    return descriptor < 0 ? -errno : descriptor;
}

int clx_enable(int descriptor, int option) {
    int level, name, on = 1;
    switch (option) {
    case CLX_REUSE_ADDRESS: level = SOL_SOCKET, name = SO_REUSEADDR; break;
    case CLX_REUSE_PORT: level = SOL_SOCKET, name = SO_REUSEPORT; break;
    case CLX_NO_DELAY: level = IPPROTO_TCP, name = TCP_NODELAY; break;
    case CLX_BIND_ADDRESS_NO_PORT: level = IPPROTO_IP, name = IP_BIND_ADDRESS_NO_PORT; break;
    case CLX_IPV6_ONLY: level = IPPROTO_IPV6, name = IPV6_V6ONLY; break;
    case CLX_RECEIVE_STAMPS: level = SOL_SOCKET, name = SO_TIMESTAMPNS; break;
    default: return -EINVAL;
    }
    return setsockopt(descriptor, level, name, &on, sizeof on) != 0 ? -errno : 0;
}

int clx_bind(int descriptor, const struct clx_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = to_system(address, &storage);
    return bind(descriptor, (struct sockaddr *)&storage, length) != 0 ? -errno : 0;
}

int clx_listen(int descriptor, int backlog) {
    return listen(descriptor, backlog) != 0 ? -errno : 0;
}

int clx_accept(int descriptor) {
    int accepted = accept4(descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return accepted < 0 ? -errno : accepted;
}

int clx_connect(int descriptor, const struct clx_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = to_system(address, &storage);
    return connect(descriptor, (struct sockaddr *)&storage, length) != 0 ? -errno : 0;
}

int clx_shutdown_writing(int descriptor) {
    return shutdown(descriptor, SHUT_WR) != 0 ? -errno : 0;
}

int clx_set_linger(int descriptor, int reset) {
    struct linger linger = {.l_onoff = reset, .l_linger = 0};
    return setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) != 0 ? -errno : 0;
}

static int set(int descriptor, int level, int name, const void *value, socklen_t size) {
    return setsockopt(descriptor, level, name, value, size) != 0 ? -errno : 0;
}

int clx_set_dead_after(int descriptor, unsigned milliseconds, int idle, int interval) {
    int on = 1, result = set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
                             sizeof milliseconds);
    if (result == 0) result = set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    if (result == 0)
        result = set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    return result == 0 ? set(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) : result;
}

int clx_limit_receive_buffer(int descriptor, int bytes) {
    return set(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

int clx_lift_receive_buffer(int descriptor, int bytes) {
    int result = clx_limit_receive_buffer(descriptor, bytes);
    return result == 0 ? set(descriptor, IPPROTO_TCP, TCP_WINDOW_CLAMP, &bytes, sizeof bytes)
                       : result;
}

int clx_take_socket_error(int descriptor) {
    int code = 0;
    socklen_t length = sizeof code;
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) != 0 ? -errno : code;
}

int clx_local_address(int descriptor, struct clx_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(descriptor, (struct sockaddr *)&storage, &length) != 0) {
        return -errno;
    }
    return from_system(&storage, address);
}

int clx_remote_address(int descriptor, struct clx_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getpeername(descriptor, (struct sockaddr *)&storage, &length) != 0) {
        return -errno;
    }
    return from_system(&storage, address);
}

int clx_bytes_not_sent(int descriptor) {
    int count = 0;
    return ioctl(descriptor, SIOCOUTQ, &count) != 0 ? -errno : count;
}

ssize_t clx_send(int descriptor, const void *bytes, size_t count, int more) {
    ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    return sent < 0 ? -errno : sent;
}

ssize_t clx_receive(int descriptor, void *bytes, size_t count) {
    ssize_t received = recv(descriptor, bytes, count, 0);
    return received < 0 ? -errno : received;
}

ssize_t clx_receive_stamped(int descriptor, void *bytes, size_t count, int64_t *stamp) {
    struct iovec piece = {.iov_base = bytes, .iov_len = count};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct msghdr message = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    ssize_t received = recvmsg(descriptor, &message, 0);
    *stamp = 0;
    if (received < 0) {
        return -errno;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    for (; header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(header), sizeof time);
            *stamp = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
        }
    }
    return received;
}

int clx_tcp_info(int descriptor, struct clx_tcp_info *info) {
    struct tcp_info all = {0};
    socklen_t length = sizeof all;
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &all, &length) != 0) {
        return -errno;
    }
    *info = (struct clx_tcp_info){
        .state = all.tcpi_state,
        .options = all.tcpi_options,
        .sending_mss = all.tcpi_snd_mss,
        .round_trip_microseconds = all.tcpi_rtt,
        .retransmits = all.tcpi_total_retrans,
        .segments_out = all.tcpi_segs_out,
        .segments_in = all.tcpi_segs_in,
        .out_of_order = all.tcpi_rcv_ooopack,
        .bytes_sent = all.tcpi_bytes_sent,
        .bytes_received = all.tcpi_bytes_received,
        .bytes_acked = all.tcpi_bytes_acked,
    };
    return 0;
}
