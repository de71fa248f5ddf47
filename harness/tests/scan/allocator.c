/* Another allocator, of which nobody knows the structure: what is freed is never given out again, and stays as it was. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { PIECE = 16 << 20 };

static char *next, *end;
static volatile int taken;

static void *take(size_t alignment, size_t bytes) {
    while (__sync_lock_test_and_set(&taken, 1)) {}
    size_t room = bytes + alignment + 64;
    if (next == NULL || (size_t)(end - next) < room) {
        size_t piece = room > PIECE ? (room + 4095) & ~(size_t)4095 : PIECE;
        next = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (next == MAP_FAILED) {
            next = NULL;
            __sync_lock_release(&taken);
            errno = ENOMEM;
            return NULL;
        }
        end = next + piece;
    }
    /* The size lies before the block. */
    uintptr_t block = ((uintptr_t)next + 16 + alignment - 1) & ~(uintptr_t)(alignment - 1);
    ((size_t *)block)[-1] = bytes;
    next = (char *)((block + bytes + 15) & ~(uintptr_t)15);
    __sync_lock_release(&taken);
    return (void *)block;
}

void *malloc(size_t bytes) { return take(16, bytes); }

void free(void *block) { (void)block; }

void *calloc(size_t count, size_t bytes) { return take(16, count * bytes); }

void *realloc(void *block, size_t bytes) {
    void *new = take(16, bytes);
    if (block && new) {
        size_t before = ((size_t *)block)[-1];
        memcpy(new, block, before < bytes ? before : bytes);
    }
    return new;
}

void *memalign(size_t alignment, size_t bytes) { return take(alignment < 16 ? 16 : alignment, bytes); }

void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    *block = memalign(alignment, bytes);
    return *block ? 0 : ENOMEM;
}
