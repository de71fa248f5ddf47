/* Programs that would notice a scan that is careless: each writes one line and ends with 7. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int begun;
void *volatile kept;

static void say(const char *text) { write(1, text, strlen(text)); }

static void wait_for(int threads) {
    while (begun < threads) usleep(1000);
    usleep(30000);
}

static void at_end(void) {
    /* Whoever was woken has the time to say so. */
    usleep(100000);
    say("at its end\n");
}

static void handler(int signal) {
    (void)signal;
    say("a handler ran\n");
}

/* A call that waits for longer than the program runs. */
static void *call(void *which) {
    struct timespec time = {60, 0}, moment;
    struct timeval short_time = {60, 0};
    int pipes[2];
    sem_t semaphore;
    fd_set none;
    char byte;
    sigset_t set;
    struct epoll_event event;
    if (pipe(pipes)) abort();
    struct pollfd waited = {.fd = pipes[0], .events = POLLIN};
    sem_init(&semaphore, 0, 0);
    FD_ZERO(&none);
    clock_gettime(CLOCK_REALTIME, &moment);
    moment.tv_sec += 60;
    int epoll = epoll_create1(0);
    sigemptyset(&set);
    __sync_fetch_and_add(&begun, 1);
    switch ((long)which) {
    case 0: poll(&waited, 1, 60000); break;
    case 1: nanosleep(&time, NULL); break;
    case 2: select(0, &none, NULL, NULL, &short_time); break;
    case 3: epoll_wait(epoll, &event, 1, 60000); break;
    case 4: sem_timedwait(&semaphore, &moment); break;
    case 5: read(pipes[0], &byte, 1); break;
    case 6: usleep(60000000); break;
    case 7: sleep(60); break;
    case 8: ppoll(&waited, 1, &time, NULL); break;
    case 9: pselect(0, &none, NULL, NULL, &time, NULL); break;
    case 10: sem_wait(&semaphore); break;
    case 11: pause(); break;
    case 12: sigsuspend(&set); break;
    case 13:
        sigaddset(&set, SIGUSR2);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        sigtimedwait(&set, NULL, &time);
        break;
    default: epoll_pwait(epoll, &event, 1, 60000, NULL);
    }
    say("a call returned\n");
    return NULL;
}

static void *blocked(void *unused) {
    (void)unused;
    sigset_t set;
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    __sync_fetch_and_add(&begun, 1);
    for (;;) pause();
    return NULL;
}

static void *waits_for_signals(void *unused) {
    (void)unused;
    sigset_t set;
    int signal;
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    __sync_fetch_and_add(&begun, 1);
    sigwait(&set, &signal);
    say("a signal came\n");
    return NULL;
}

/* Past the libc, every signal can be blocked. */
static void *deaf(void *unused) {
    (void)unused;
    unsigned long all = ~0ul;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, 8);
    __sync_fetch_and_add(&begun, 1);
    for (;;) pause();
    return NULL;
}

/* On a stack where no signal's frame has room. */
static int small(void *unused) {
    (void)unused;
    __sync_fetch_and_add(&begun, 1);
    for (;;) {
        long result;
        __asm__ volatile("syscall" : "=a"(result) : "0"(34L) : "rcx", "r11", "memory");
    }
    return 0;
}

static void *ends_the_program(void *unused) {
    (void)unused;
    usleep(50000);
    exit(7);
}

int main(int count, char **arguments) {
    const char *how = count > 1 ? arguments[1] : "";
    pthread_t thread;
    atexit(at_end);
    kept = calloc(1, 50);
    calloc(1, 60);
    if (!strcmp(how, "calls")) {
        for (long which = 0; which < 15; which++) pthread_create(&thread, NULL, call, (void *)which);
        wait_for(15);
    } else if (!strcmp(how, "blocked")) {
        for (int i = 0; i < 4; i++) pthread_create(&thread, NULL, blocked, NULL);
        wait_for(4);
    } else if (!strcmp(how, "handlers")) {
        for (int number = SIGRTMIN; number <= SIGRTMAX; number++) signal(number, handler);
        pthread_create(&thread, NULL, call, (void *)11L);
        wait_for(1);
    } else if (!strcmp(how, "sigwait")) {
        pthread_create(&thread, NULL, waits_for_signals, NULL);
        wait_for(1);
    } else if (!strcmp(how, "child")) {
        signal(SIGCHLD, handler);
        pthread_create(&thread, NULL, blocked, NULL);
        wait_for(1);
    } else if (!strcmp(how, "leader")) {
        pthread_create(&thread, NULL, blocked, NULL);
        pthread_create(&thread, NULL, ends_the_program, NULL);
        pthread_exit(NULL);
    } else if (!strcmp(how, "hidden")) {
        prctl(PR_SET_DUMPABLE, 0);
        pthread_create(&thread, NULL, blocked, NULL);
        wait_for(1);
    } else if (!strcmp(how, "deaf")) {
        pthread_create(&thread, NULL, deaf, NULL);
        wait_for(1);
    } else if (!strcmp(how, "small")) {
        char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        mprotect(memory, 4096, PROT_NONE);
        clone(small, memory + 4096 + 1024,
              CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, NULL);
        wait_for(1);
    }
    exit(7);
}
