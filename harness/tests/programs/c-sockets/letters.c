// Build: cc -g -O1 -fno-builtin -o letters letters.c
// Usage: letters N [--twin]
// A pair of sockets for each iteration with 2,000 unread bytes. One end is closed, the other forgotten.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void letter(int i, int twin) {
    static char text[2000];
    int ends[2];
    memset(text, i, sizeof text);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) { /*@site*/
        perror("socketpair");
        exit(1);
    }
    if (send(ends[1], text, sizeof text, 0) != sizeof text)
        abort();
    close(ends[1]);
    if (twin)
        close(ends[0]);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < n; i++)
        letter(i, twin);
    printf("%d letters\n", n);
}
