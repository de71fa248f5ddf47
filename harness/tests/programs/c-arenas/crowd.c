// Build: cc -g -O1 -fno-builtin -o crowd crowd.c -pthread
// Usage: crowd N [--twin]
// Eight threads take and free 1 MB in small blocks at the same time, in each iteration: the C library gives each an
// arena of its own and keeps its memory. Nothing is live between iterations. The twin's threads work one after another.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 8, BLOCKS = 1000, BYTES = 1000 };

static pthread_barrier_t together;
static int twin;

static void *work(void *number) {
    char *blocks[BLOCKS];
    if (!twin)
        pthread_barrier_wait(&together);
    for (int b = 0; b < BLOCKS; b++) {
        blocks[b] = malloc(BYTES); /*@site*/
        memset(blocks[b], b, BYTES);
    }
    if (!twin)
        pthread_barrier_wait(&together);
    for (int b = 0; b < BLOCKS; b++)
        free(blocks[b]);
    return number;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 10;
    twin = argc > 2 && !strcmp(argv[2], "--twin");
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < n; i++) {
        pthread_t threads[THREADS];
        for (int t = 0; t < THREADS; t++) {
            if (pthread_create(&threads[t], NULL, work, NULL))
                abort();
            if (twin)
                pthread_join(threads[t], NULL);
        }
        for (int t = 0; t < THREADS && !twin; t++)
            pthread_join(threads[t], NULL);
    }
    printf("%d rounds\n", n);
}
