/* Locks all its memory, with little that may be locked: what it gets of it, and what it can do afterwards. */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
    /* A user who may lock as much as it likes gives that up. */
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &head, sets)) return 2;
    sets[0].effective &= ~(1u << CAP_IPC_LOCK);
    if (syscall(SYS_capset, &head, sets)) return 2;
    struct rlimit limit;
    getrlimit(RLIMIT_MEMLOCK, &limit);
    /* The C library and the stack, and not much more. */
    limit.rlim_cur = limit.rlim_max < 8 << 20 ? limit.rlim_max : 8 << 20;
    setrlimit(RLIMIT_MEMLOCK, &limit);
    printf("all: %d\n", mlockall(MCL_CURRENT | MCL_FUTURE));
    void *small = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("64 KB more: %d\n", small != MAP_FAILED);
    void *large = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("16 MB more: %d\n", large != MAP_FAILED);
    /* Whatever call stack a block has, it can be recorded. */
    for (int i = 0; i < 1000; i++) memset(malloc(40), 0, 40);
    limit.rlim_cur = 4 << 10;
    setrlimit(RLIMIT_MEMLOCK, &limit);
    munlockall();
    printf("all, of 4 KB: %d\n", mlockall(MCL_CURRENT));
    return 0;
}
