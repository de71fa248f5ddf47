// Build: cc -g -O1 -pthread -fno-builtin -o clerks clerks.c
// Usage: clerks N [--twin]
// A thread answers each letter and ends. Nobody joins it and it is not detached, so that its stack (64 KiB here) stays
// mapped and its control block allocated.
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_int answered;

static void *answer(void *letter) {
    atomic_fetch_add(&answered, 1);
    return letter;
}

static int post(int twin) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    pthread_t clerk;
    int failed = pthread_create(&clerk, &small, answer, NULL); /*@site*/
    pthread_attr_destroy(&small);
    if (!failed && twin)
        pthread_join(clerk, NULL);
    return failed;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    int twin = argc > 2 && !strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        if (post(twin)) {
            fprintf(stderr, "no more threads after %d\n", i);
            return 1;
        }
        while (atomic_load(&answered) <= i)
            sched_yield();
    }
    printf("%d letters answered\n", atomic_load(&answered));
}
