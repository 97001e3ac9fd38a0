#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int clx_unshare_network(int with_user) {
    return unshare(with_user ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET) != 0 ? -errno : 0;
}

ssize_t clx_write_file(const char *path, const void *bytes, size_t count) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return -errno;
    }
    ssize_t written = write(descriptor, bytes, count);
    ssize_t result = written < 0 ? -errno : written;
    close(descriptor);
    return result;
}

int clx_netlink_socket(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    return descriptor < 0 ? -errno : descriptor;
}

// Any socket takes requests about interfaces.
static int interface_request(const char *name, unsigned long number, struct ifreq *request) {
    if (strlen(name) >= sizeof request->ifr_name) {
        return -ENODEV;
    }
    strcpy(request->ifr_name, name);
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -errno;
    }
    int result = ioctl(descriptor, number, request) != 0 ? -errno : 0;
    close(descriptor);
    return result;
}

int clx_interface_index(const char *name) {
    struct ifreq request = {0};
    int code = interface_request(name, SIOCGIFINDEX, &request);
    return code < 0 ? code : request.ifr_ifindex;
}

int clx_interface_mtu(const char *name) {
    struct ifreq request = {0};
    int code = interface_request(name, SIOCGIFMTU, &request);
    return code < 0 ? code : request.ifr_mtu;
}

int clx_interface_disable(const char *name, int offload) {
    static const uint32_t commands[] = {
        [CLX_OFFLOAD_CHECKSUM] = ETHTOOL_STXCSUM,
        [CLX_OFFLOAD_TCP_SEGMENTATION] = ETHTOOL_STSO,
        [CLX_OFFLOAD_SEGMENTATION] = ETHTOOL_SGSO,
        [CLX_OFFLOAD_RECEIVE] = ETHTOOL_SGRO,
    };
    if (offload < 0 || offload >= (int)(sizeof commands / sizeof commands[0])) {
        return -EINVAL;
    }
    struct ethtool_value value = {.cmd = commands[offload], .data = 0};
    struct ifreq request = {0};
    request.ifr_data = (char *)&value;
    return interface_request(name, SIOCETHTOOL, &request);
}

int clx_packet_open(int interface, uint32_t frames) {
    // No protocol yet: nothing may arrive before the ring is there.
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -errno;
    }
    int version = TPACKET_V2, on = 1, send_bytes = 16 << 20;
    // Blocks of 64 KiB: contiguous memory that a kernel which has been up for long still finds.
    const uint32_t block_bytes = 64 << 10;
    struct tpacket_req layout = {
        .tp_block_size = block_bytes,
        .tp_frame_size = CLX_PACKET_FRAME,
        .tp_block_nr = frames / (block_bytes / CLX_PACKET_FRAME),
        .tp_frame_nr = frames,
    };
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_IP),
        .sll_ifindex = interface,
    };
    // Both are for speed and may be refused. Without a queueing discipline, sending is a call into
    // the peer's receive path.
    setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &send_bytes, sizeof send_bytes);
    if (setsockopt(descriptor, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0 ||
        setsockopt(descriptor, SOL_PACKET, PACKET_RX_RING, &layout, sizeof layout) != 0 ||
        bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        int code = -errno;
        close(descriptor);
        return code;
    }
    return descriptor;
}

int clx_packet_map(int descriptor, uint32_t frames, struct clx_packet_ring *ring) {
    void *memory = mmap(NULL, (size_t)frames * CLX_PACKET_FRAME, PROT_READ | PROT_WRITE, MAP_SHARED,
                        descriptor, 0);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    *ring = (struct clx_packet_ring){.memory = memory, .frames = frames, .next = 0};
    return 0;
}

void clx_packet_unmap(struct clx_packet_ring *ring) {
    munmap(ring->memory, (size_t)ring->frames * CLX_PACKET_FRAME);
    *ring = (struct clx_packet_ring){0};
}

static struct tpacket2_hdr *next_frame(const struct clx_packet_ring *ring) {
    return (struct tpacket2_hdr *)(ring->memory + (size_t)ring->next * CLX_PACKET_FRAME);
}

int clx_packet_peek(const struct clx_packet_ring *ring, struct clx_packet *packet) {
    struct tpacket2_hdr *frame = next_frame(ring);
    // The kernel writes the status last, and takes the frame back when it reads it as 0.
    if ((__atomic_load_n(&frame->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) {
        return 0;
    }
    *packet = (struct clx_packet){
        .bytes = (uint8_t *)frame + frame->tp_mac,
        .length = frame->tp_snaplen,
        .wire_length = frame->tp_len,
        .real_nanoseconds = (int64_t)frame->tp_sec * 1000000000 + frame->tp_nsec,
    };
    return 1;
}

void clx_packet_pop(struct clx_packet_ring *ring) {
    __atomic_store_n(&next_frame(ring)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    ring->next = ring->next + 1 == ring->frames ? 0 : ring->next + 1;
}

int clx_packet_send(int descriptor, const struct clx_outgoing *packets, int count) {
    struct mmsghdr messages[CLX_PACKET_BATCH];
    struct iovec parts[CLX_PACKET_BATCH];
    if (count > CLX_PACKET_BATCH) {
        count = CLX_PACKET_BATCH;
    }
    for (int index = 0; index < count; index++) {
        parts[index] = (struct iovec){
            .iov_base = packets[index].bytes, .iov_len = packets[index].length};
        messages[index] = (struct mmsghdr){
            .msg_hdr = {.msg_iov = &parts[index], .msg_iovlen = 1}};
    }
    int sent = sendmmsg(descriptor, messages, (unsigned)count, 0);
    return sent < 0 ? -errno : sent;
}

int64_t clx_packet_take_drops(int descriptor) {
    struct tpacket_stats statistics = {0};
    socklen_t length = sizeof statistics;
    int code = getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &length);
    return code != 0 ? -errno : (int64_t)statistics.tp_drops;
}
