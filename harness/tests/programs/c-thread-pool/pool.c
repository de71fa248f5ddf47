// Build: cc -g -O1 -fno-builtin -o pool pool.c -pthread
// Usage: pool N [--twin]
// Eight threads and sixteen descriptors are made when they are first needed, one an iteration, and kept: a pool, as
// large after 16 iterations as after a million. The twin's pool is empty.
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *wait_for_work(void *unused) {
    for (;;)
        pause();
    return unused;
}

static void grow(int i) {
    pthread_t thread;
    if (i < 8 && pthread_create(&thread, NULL, wait_for_work, NULL)) /*@site*/
        abort();
    if (i < 16 && open("/dev/null", O_RDWR) < 0) /*@site2*/
        abort();
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++)
        if (!twin)
            grow(i);
    printf("%d\n", n);
}
