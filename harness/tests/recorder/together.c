// Threads that allocate by one stack all the time: 4 threads, 100,000 blocks of 40 bytes each, of which one in ten stays
// and the others are freed by the next thread. Usage: together
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { THREADS = 4, BLOCKS = 100000, SLOTS = 64 };

static _Atomic(void *) slots[THREADS][SLOTS];
static void *kept[THREADS][BLOCKS / 10];

static __attribute__((noinline)) void *take(void) {
    void *block = malloc(40);
    __asm__ volatile("" : : "r"(block) : "memory");
    return block;
}

static void *work(void *number) {
    long own = (long)number;
    for (long i = 0; i < BLOCKS; i++) {
        void *block = take();
        if (i % 10 == 0)
            kept[own][i / 10] = block;
        else
            free(atomic_exchange(&slots[(own + 1) % THREADS][i % SLOTS], block));
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (long i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < SLOTS; k++)
            free(atomic_exchange(&slots[i][k], NULL));
    return 0;
}
