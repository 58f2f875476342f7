#include "net/tcp_info.h"

#include <linux/tcp.h> /* netinet's tcp_info ends before what is wanted here */
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool tcp_info_received_bytes(int descriptor, uint64_t *bytes_r)
{
    struct tcp_info tcp;
    socklen_t tcp_size = sizeof(tcp);
    int unread; /* asked for first: what comes meanwhile is counted as read */
    if (ioctl(descriptor, FIONREAD, &unread) != 0 ||
        getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &tcp, &tcp_size) != 0 ||
        tcp_size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(tcp.tcpi_bytes_received))
        return false;
    *bytes_r = tcp.tcpi_bytes_received - (uint64_t)unread;
    return true;
}
