// Build: cc -g -O1 -fno-builtin -o kinds kinds.c
// Usage: kinds N [--twin]
// Five descriptors an iteration, made in four ways: epoll, eventfd, timerfd, and two copies by dup.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void take(int *taken) {
    taken[0] = epoll_create1(0); /*@site*/
    taken[1] = eventfd(0, 0); /*@site2*/
    taken[2] = timerfd_create(CLOCK_MONOTONIC, 0); /*@site3*/
    taken[3] = dup(taken[1]); /*@site4*/
    taken[4] = dup(taken[2]); /*@site5*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int i = 0; i < n; i++) {
        int taken[5];
        take(taken);
        for (int t = 0; t < 5; t++) {
            if (taken[t] < 0) {
                perror("descriptor");
                return 1;
            }
            if (twin)
                close(taken[t]);
        }
    }
    printf("%d\n", n);
}
