// Allocations whose whole stack changes between them: the worst case for a recorder that remembers the last stack.
// Usage: changing [ALLOCATIONS]
#include <stdio.h>
#include <stdlib.h>

static void *kept[64];
static long made, many = 2000000;

// A binary tree of calls: which of the two functions is called at each level changes with every descent.
static long left(int depth, unsigned long path);

static __attribute__((noinline)) void allocate(unsigned long path) {
    void **place = &kept[path % 64];
    free(*place);
    *place = malloc(16 + path % 200);
    made++;
}

static __attribute__((noinline)) long right(int depth, unsigned long path) {
    if (depth == 0) {
        allocate(path);
        return 1;
    }
    long sum = path >> depth & 1 ? right(depth - 1, path) : left(depth - 1, path);
    __asm__ volatile("" : "+r"(sum));
    return sum + 1;
}

static __attribute__((noinline)) long left(int depth, unsigned long path) {
    if (depth == 0) {
        allocate(path + 1);
        return 2;
    }
    long sum = path >> depth & 1 ? right(depth - 1, path) : left(depth - 1, path);
    __asm__ volatile("" : "+r"(sum));
    return sum + 2;
}

int main(int argc, char **argv) {
    if (argc > 1)
        many = atol(argv[1]);
    unsigned long random = 1;
    long sum = 0;
    while (made < many) {
        random = random * 6364136223846793005UL + 1442695040888963407UL;
        // 256 stacks in all, so that the number of stacks is not what is measured.
        unsigned long path = random >> 33 & 0x1FF;
        sum += path & 1 ? left(17, path << 9 | path) : right(17, path << 9 | path);
    }
    printf("%ld\n", sum & 1);
}
