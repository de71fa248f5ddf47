/* Blocks that memory of all kinds holds: reserved, shared, a file's, in part unreadable, withheld; and one whose holder is gone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *volatile kept, *volatile sparse;

int main(void) {
    const int both = PROT_READ | PROT_WRITE;
    /* Nobody must touch all of these. */
    void **reserved = mmap(NULL, 64ul << 30, both, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) return 2;
    reserved[(40ul << 30) / 8] = calloc(1, 100);
    /* Not calloc, which writes all of it under tcmalloc. */
    void **block = malloc(10ul << 30);
    if (!block) return 3;
    block[(7ul << 30) / 8] = calloc(1, 200);
    kept = block;
    /* Of a large block, nothing but two words, one of them behind its last whole line. */
    void **words = calloc(1, (1ul << 20) + 24);
    words[70001] = calloc(1, 40);
    words[(1ul << 17) + 2] = calloc(1, 50);
    sparse = words;
    int file = memfd_create("shorter", 0);
    ftruncate(file, 1 << 20);
    void **mapped = mmap(NULL, 1 << 20, both, MAP_SHARED, file, 0);
    mapped[1] = calloc(1, 300);
    mapped[70000] = calloc(1, 400); /* Lost: the file becomes shorter. */
    ftruncate(file, 4096);
    void **shared = mmap(NULL, 1 << 20, both, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[100000] = calloc(1, 500);
    void *gapped = NULL;
    if (posix_memalign(&gapped, 4096, 16384)) return 4;
    memset(gapped, 0, 16384);
    ((void **)gapped)[0] = calloc(1, 600);
    ((void **)gapped)[1500] = calloc(1, 700);
    mprotect((char *)gapped + 4096, 4096, PROT_NONE);
    void *volatile on_stack = gapped;
    /* What children do not get, and what was protected when it was filled. */
    void **withheld = mmap(NULL, 1 << 20, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(withheld, 1 << 20, MADV_DONTFORK);
    withheld[9] = calloc(1, 800);
    void **protected = mmap(NULL, 1 << 20, both, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    protected[9] = calloc(1, 900);
    mprotect(protected, 1 << 20, PROT_READ);
    calloc(1, 60); /* Lost. */
    _exit(on_stack == NULL);
}
