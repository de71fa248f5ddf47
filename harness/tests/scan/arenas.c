/* Eight threads, each with a heap of its own: each loses and keeps, and takes sizes of all kinds. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *volatile kept[8][64];
char *volatile inside[8];

static void *work(void *number) {
    intptr_t n = (intptr_t)number;
    for (int i = 0; i < 64; i++) {
        kept[n][i] = calloc(1, 16 + 13 * i);
        memset(malloc(8 + 5 * i), 0, 8 + 5 * i); /* Lost. */
        char *grown = malloc(24);
        for (int k = 0; k < 6; k++) grown = realloc(grown, 40u << k);
        memset(grown, 0, 40u << 5);
        free(grown);
    }
    inside[n] = calloc(1, 1000);
    inside[n] += 16; /* Possibly lost. */
    void **chain = NULL;
    for (int i = 0; i < 10; i++) {
        void **next = calloc(1, 32);
        next[2] = chain;
        chain = next;
    }
    chain = NULL;
    /* Nothing of the last pointers is left on the stack that the next frames take. */
    volatile char wipe[2048];
    for (unsigned i = 0; i < sizeof wipe; i++) wipe[i] = 0;
    return NULL;
}

int main(void) {
    pthread_t threads[8];
    for (intptr_t i = 0; i < 8; i++) pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    return 0;
}
