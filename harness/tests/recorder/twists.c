// Stacks of every kind that has to be walked: exceptions' cousins (longjmp), alloca and variable arrays, realigned
// frames, handlers on another stack that allocate, coroutines, many short threads, forks, deep recursion, and a callback
// through a function of the libc. Usage: twists
#define _GNU_SOURCE
#include <alloca.h>
#include <immintrin.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static void *kept[256];
static unsigned place;

static __attribute__((noinline)) void take(size_t bytes) {
    void **at = &kept[place++ % 256];
    free(*at);
    *at = malloc(bytes);
}

static __attribute__((noinline)) void with_alloca(int n) {
    char *room = alloca((size_t)n * 16 + 1);
    room[0] = 1;
    take(24);
    if (n > 0)
        with_alloca(n - 1);
    __asm__ volatile("" : : "r"(room) : "memory");
}

static __attribute__((noinline)) void with_array(int n) {
    volatile char room[n + 1];
    room[n] = 1;
    take(32);
    if (n > 0)
        with_array(n - 1);
}

static __attribute__((noinline)) void realigned(int n) {
    _Alignas(64) volatile char room[64];
    room[n % 64] = 1;
    take(40 + (size_t)((size_t)room % 64));
    if (n > 0)
        realigned(n - 1);
    __asm__ volatile("" : : "r"(room) : "memory");
}

static jmp_buf back;

static __attribute__((noinline)) void jumps(int n) {
    take(48);
    if (n == 0)
        longjmp(back, 1);
    jumps(n - 1);
    __asm__ volatile("" : : : "memory");
}

static __attribute__((noinline)) void deep(int n) {
    if (n % 64 == 0)
        take(56);
    if (n > 0)
        deep(n - 1);
    __asm__ volatile("" : : : "memory");
}

static int compare(const void *a, const void *b) {
    take(64);
    return *(const int *)a - *(const int *)b;
}

static void handler(int number) {
    (void)number;
    take(72);
}

static ucontext_t home, away;
static char stack_of_away[65536];

static void coroutine(void) {
    for (int i = 0; i < 50; i++) {
        take(80);
        swapcontext(&away, &home);
    }
}

static void *thread(void *unused) {
    (void)unused;
    void *mine[20];
    for (int i = 0; i < 20; i++)
        mine[i] = malloc(88);
    for (int i = 0; i < 20; i++)
        free(mine[i]);
    return NULL;
}

int main(void) {
    with_alloca(30);
    with_array(30);
    realigned(30);
    for (volatile int i = 0; i < 10; i++)
        if (setjmp(back) == 0)
            jumps(i);
    deep(5000);
    int numbers[100];
    for (int i = 0; i < 100; i++)
        numbers[i] = i * 37 % 101;
    qsort(numbers, 100, sizeof *numbers, compare);

    stack_t other = {.ss_sp = malloc(65536), .ss_size = 65536};
    sigaltstack(&other, NULL);
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < 50; i++) {
        raise(SIGUSR1);
        take(96);
    }
    getcontext(&away);
    away.uc_stack.ss_sp = stack_of_away;
    away.uc_stack.ss_size = sizeof stack_of_away;
    away.uc_link = &home;
    makecontext(&away, coroutine, 0);
    for (int i = 0; i < 50; i++) {
        swapcontext(&home, &away);
        take(104);
    }
    for (int i = 0; i < 30; i++) {
        pthread_t threads[8];
        for (int t = 0; t < 8; t++)
            pthread_create(&threads[t], NULL, thread, NULL);
        for (int t = 0; t < 8; t++)
            pthread_join(threads[t], NULL);
    }
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == 0) {
            with_alloca(5);
            _exit(0);
        }
        waitpid(child, NULL, 0);
        with_array(5);
    }
    puts("done");
}
