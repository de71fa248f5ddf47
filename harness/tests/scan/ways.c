/* What holds a block only just: a register, a stack, thread-local storage, memory that is mapped. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Seen from outside, so that no compiler leaves out what is written to it. */
__thread void *volatile local_kept;
static int ready[2];

/* In a frame of its own, over which others lie afterwards. */
static __attribute__((noinline)) void lose(void) {
    memset(malloc(333), 0, 333);
}

static void *wait_with_stack(void *unused) {
    (void)unused;
    void *volatile on_stack = calloc(1, 111);
    local_kept = calloc(1, 222);
    lose();
    write(ready[1], "x", 1);
    for (;;) pause();
    return on_stack;
}

/* The block is in one register alone while the thread waits. */
static void *wait_with_register(void *unused) {
    (void)unused;
    void *block = calloc(1, 444);
    register void *kept __asm__("r12") = block;
    block = NULL;
    write(ready[1], "x", 1);
    for (;;) {
        long result;
        __asm__ volatile("syscall" : "=a"(result) : "0"(34), "r"(kept) : "rcx", "r11", "memory");
    }
    return NULL;
}

static void *spin(void *unused) {
    (void)unused;
    register void *kept __asm__("rbx") = calloc(1, 555);
    write(ready[1], "x", 1);
    for (;;) __asm__ volatile("" ::"r"(kept));
    return NULL;
}

static void *end(void *unused) {
    (void)unused;
    void *volatile stale[64];
    for (int i = 0; i < 64; i++) stale[i] = calloc(1, 60); /* Lost: what is left on its stack is no pointer. */
    local_kept = calloc(1, 61);                             /* Lost with the thread. */
    return NULL;
}

int main(void) {
    if (pipe(ready)) return 2;
    pthread_t threads[3], ended;
    pthread_create(&ended, NULL, end, NULL);
    pthread_join(ended, NULL);
    pthread_create(&threads[0], NULL, wait_with_stack, NULL);
    pthread_create(&threads[1], NULL, wait_with_register, NULL);
    pthread_create(&threads[2], NULL, spin, NULL);
    char byte;
    for (int i = 0; i < 3; i++) if (read(ready[0], &byte, 1) != 1) return 2;
    void **mapped = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mapped[5000000] = calloc(1, 666);
    mapped = NULL;
    local_kept = calloc(1, 777);
    register void *kept __asm__("r13") = calloc(1, 888);
    usleep(20000);
    __asm__ volatile("" : "+r"(kept));
    exit(0);
}
