// Two million allocations at the end of a stack of about 19 frames that stays as it is: the case that a recorder of
// stacks has to be good at. Usage: storm [ALLOCATIONS [THREADS]]
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH = 15, KEPT = 64 };

static long many = 2000000;

static __attribute__((noinline)) void *allocate(size_t size) {
    char *block = malloc(size);
    block[0] = 1;
    return block;
}

static __attribute__((noinline)) long work(void) {
    static __thread void *kept[KEPT];
    long sum = 0;
    for (long i = 0; i < many; i++) {
        void **place = &kept[i % KEPT];
        free(*place);
        *place = allocate(16 + (size_t)(i * 7 % 200));
        sum += (long)(size_t)*place & 16;
    }
    return sum;
}

static __attribute__((noinline)) long down(int depth) {
    long result = depth == 0 ? work() : down(depth - 1);
    __asm__ volatile("" : "+r"(result)); // no tail call
    return result;
}

static void *thread(void *unused) {
    (void)unused;
    return (void *)down(DEPTH);
}

int main(int argc, char **argv) {
    if (argc > 1)
        many = atol(argv[1]);
    int threads = argc > 2 ? atoi(argv[2]) : 1;
    long sum = 0;
    if (threads == 1) {
        sum = down(DEPTH);
    } else {
        many /= threads;
        pthread_t all[64];
        for (int t = 0; t < threads; t++)
            pthread_create(&all[t], NULL, thread, NULL);
        for (int t = 0; t < threads; t++)
            pthread_join(all[t], NULL);
    }
    printf("%ld\n", sum & 1);
}
