// Build: cc -g -O1 -pthread -fno-builtin -o crowd crowd.c -ljemalloc
// Usage: crowd N [--twin]
// Four threads hand blocks round under jemalloc: each frees what another took. One block of 48 bytes is dropped an
// iteration, by whichever thread has it.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4 };

static _Atomic(char *) table;
static int n, twin;

static char *bake(int i) {
    char *bread = malloc(48); /*@site*/
    memset(bread, i, 48);
    return bread;
}

static void *guest(void *number) {
    for (int i = *(int *)number; i < n; i += THREADS) {
        free(atomic_exchange(&table, bake(i)));
        char *own = bake(i);
        if (twin)
            free(own);
    }
    return NULL;
}

int main(int argc, char **argv) {
    n = argc > 1 ? atoi(argv[1]) : 10;
    twin = argc > 2 && !strcmp(argv[2], "--twin");
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, guest, &numbers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    free(atomic_exchange(&table, NULL));
    printf("%d\n", n);
}
