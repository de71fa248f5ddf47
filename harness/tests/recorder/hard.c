// Places where a guest in a process does harm easily. What the program prints is the same with and without one.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what) { printf("%s: %s\n", what, strerror(errno)); return 1; }

static atomic_int stop;
static void *churn(void *seed) {
    unsigned random = (unsigned)(size_t)seed;
    void *held[64] = {0};
    while (!stop) {
        random = random * 1103515245 + 12345;
        void **one = &held[random >> 16 & 63];
        *one = random & 1 ? realloc(*one, random >> 20) : (free(*one), malloc(random >> 22));
        if (!(random >> 24)) close(open("/dev/null", O_RDONLY));
    }
    for (int i = 0; i < 64; i++) free(held[i]);
    return 0;
}

// Children made while other threads allocate, open and close; each allocates, makes another, and ends.
static int forks(int count) {
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++) pthread_create(&threads[i], 0, churn, (void *)(i + 1));
    int bad = 0;
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) return fail("fork");
        if (child == 0) {
            free(malloc(1000));
            pid_t second = i % 2 ? vfork() : fork();
            if (second == 0) _exit(3);
            int status = 0;
            waitpid(second, &status, 0);
            _exit(WEXITSTATUS(status) + 1);
        }
        int status = 0;
        if (waitpid(child, &status, 0) != child || status != 4 << 8) bad++;
    }
    stop = 1;
    for (int i = 0; i < 3; i++) pthread_join(threads[i], 0);
    printf("forks %d bad %d\n", count, bad);
    return bad != 0;
}

// A handler that allocates, opens and maps, a thousand times a second, while the program does everything but allocate: that
// is where it may. Now and then it leaves by a jump.
static atomic_int ticks;
static sigjmp_buf back;
static volatile sig_atomic_t may_jump;
static void tick(int signal) {
    (void)signal;
    int error = errno;
    ticks++;
    char *block = malloc(100 + ticks % 100);
    memset(block, 1, 100);
    block = realloc(block, 5000);
    close(open("/dev/null", O_RDONLY));
    free(block);
    errno = error;
    if (may_jump && ticks % 16 == 0) siglongjmp(back, 1);
}
static int signals(int wanted) {
    struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART | SA_ONSTACK};
    stack_t other = {.ss_sp = mmap(0, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ss_size = 1 << 16};
    sigaltstack(&other, 0);
    sigaction(SIGPROF, &action, 0);
    struct itimerval often = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_PROF, &often, 0);
    int bad = 0;
    volatile unsigned long work = 0;
    for (volatile unsigned long round = 0; ticks < wanted; round++) {
        int one = open("/dev/null", O_RDONLY), two[2];
        if (one < 0 || pipe(two)) { bad++; continue; }
        void *map = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        bad += map == MAP_FAILED;
        munmap(map, 8192);
        close(one); close(two[0]); close(two[1]);
        if (round % 8 == 0 && !sigsetjmp(back, 1)) {
            may_jump = 1;
            for (int i = 0; i < 20000; i++) work += i;
        }
        may_jump = 0;
    }
    signal(SIGPROF, SIG_IGN);
    // What is recorded now must be recorded: a thousand blocks.
    for (int i = 0; i < 1000; i++) *(volatile char *)malloc(16) = 1;
    printf("signals bad %d\n", bad);
    return bad != 0;
}

// So many threads at once.
static pthread_barrier_t barrier;
static void *waits(void *unused) {
    (void)unused;
    void *block = malloc(100);
    pthread_barrier_wait(&barrier);
    free(block);
    return 0;
}
static int threads(int count) {
    pthread_t *all = malloc(count * sizeof *all);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    pthread_barrier_init(&barrier, 0, count + 1);
    for (int i = 0; i < count; i++) {
        int error = pthread_create(&all[i], &small, waits, 0);
        if (error) { printf("thread %d: %s\n", i, strerror(error)); _exit(1); }
    }
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < count; i++) pthread_join(all[i], 0);
    printf("threads %d\n", count);
    return 0;
}

// All that addresses are left for, and then it is said that there is no memory.
static int limits(int megabytes) {
    struct rlimit now;
    getrlimit(RLIMIT_AS, &now);
    int got = 0;
    while (got < megabytes && malloc(1 << 20)) got++;
    printf("limits %d\n", got);
    return 0;
}

// Many stacks: every one is a path of sixteen choices.
static void *volatile sink;
static void right(unsigned path, int depth);
static void left(unsigned path, int depth) {
    if (!depth) { sink = malloc(8); return; }
    if (path & 1) right(path >> 1, depth - 1); else left(path >> 1, depth - 1);
}
static void right(unsigned path, int depth) {
    if (!depth) { sink = malloc(8); return; }
    if (path & 1) right(path >> 1, depth - 1); else left(path >> 1, depth - 1);
    sink = sink;
}
static int stacks(int count) {
    for (int i = 0; i < count; i++) left(i, 16);
    printf("stacks %d\n", count);
    return 0;
}

// Forks away twice, with all descriptors closed, and says in a file that it came through.
static int daemons(const char *path) {
    fflush(stdout);
    if (fork() > 0) _exit(0);
    setsid();
    if (fork() > 0) _exit(0);
    for (int i = 0; i < 1024; i++) close(i);
    for (int i = 0; i < 1000; i++) sink = malloc(10);
    // The lowest number is the program's, not a guest's.
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    if (dprintf(file, "daemon %d\n", file) < 0) _exit(1);
    return 0;
}

// A limit of the size of files that came later, and a fork behind it.
static int file_size(void) {
    struct rlimit small = {1 << 16, 1 << 16};
    setrlimit(RLIMIT_FSIZE, &small);
    pid_t child = fork();
    if (child == 0) { for (int i = 0; i < 5000; i++) sink = malloc(10); left(1, 16); exit(5); }
    int status;
    waitpid(child, &status, 0);
    printf("child %d\n", WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
    return 0;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    int number = atoi(arguments[2]);
    if (!strcmp(arguments[1], "forks")) return forks(number);
    if (!strcmp(arguments[1], "signals")) return signals(number);
    if (!strcmp(arguments[1], "threads")) return threads(number);
    if (!strcmp(arguments[1], "limits")) return limits(number);
    if (!strcmp(arguments[1], "stacks")) return stacks(number);
    if (!strcmp(arguments[1], "daemons")) return daemons(arguments[2]);
    if (!strcmp(arguments[1], "file_size")) return file_size();
    return 2;
}
