/* Lists, rings and pointers to the inside; what is lost, and what only seems to be. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct node {
    struct node *next;
    char rest[40];
};

/* Seen from outside, so that no compiler leaves out what is written to them. */
struct node *volatile kept_list;
char *volatile kept_inside;
volatile uintptr_t masked;
void *kept_aligned;
void *volatile kept_large;
void **volatile kept_table;

static struct node *list(int nodes) {
    struct node *head = NULL;
    for (int i = 0; i < nodes; i++) {
        struct node *node = malloc(sizeof *node);
        memset(node, 0, sizeof *node);
        node->next = head;
        head = node;
    }
    return head;
}

/* In a frame of its own, so that main's has no trace of it. */
static __attribute__((noinline)) void lose(void) {
    list(40); /* 39 of which are lost by the first. */
    struct node *ring = list(20);
    struct node *last = ring;
    while (last->next) last = last->next;
    last->next = ring;
    for (int i = 0; i < 7; i++) memset(malloc(100 + i), 0, 100 + i);
    memset(malloc(5 << 20), 0, 5 << 20); /* A mapping of its own. */
    void *aligned = NULL;
    if (posix_memalign(&aligned, 256, 1000) == 0) memset(aligned, 0, 1000);
    if (posix_memalign(&aligned, 4096, 300 << 10) == 0) memset(aligned, 0, 300 << 10);
    char *moved = malloc(10);
    moved = realloc(moved, 100000);
    moved = realloc(moved, 300);
    memset(moved, 0, 300);
    free(malloc(0));
    malloc(0);
    /* A table whose entries are lost with it. */
    void **table = calloc(16, sizeof *table);
    for (int i = 0; i < 16; i++) table[i] = calloc(1, 24);
}

static __attribute__((noinline)) void keep(void) {
    kept_list = list(30);
    char *inside = malloc(288);
    memset(inside, 0, 288);
    kept_inside = inside + 100; /* Possibly lost. */
    masked = (uintptr_t)calloc(1, 77) ^ 0x5555555555555555; /* Lost to any tool. */
    if (posix_memalign(&kept_aligned, 64, 640) == 0) memset(kept_aligned, 0, 640);
    kept_large = calloc(1, 6 << 20);
    kept_table = calloc(8, sizeof *kept_table);
    for (int i = 0; i < 8; i++) kept_table[i] = calloc(1, 56);
    ((void **)kept_large)[12345] = calloc(1, 48); /* Held by a block that is a mapping. */
}

/* Frees blocks that still point to one that is lost: what is freed holds nothing. */
static __attribute__((noinline)) void free_holders(void) {
    void **holders[64];
    void *lost = calloc(1, 520);
    for (int i = 0; i < 64; i++) {
        holders[i] = malloc(200);
        memset(holders[i], 0, 200);
        for (int k = 0; k < 25; k++) holders[i][k] = lost;
    }
    for (int i = 0; i < 64; i++) free(holders[i]);
    memset(holders, 0, sizeof holders);
    lost = NULL;
    __asm__ volatile("" ::"r"(holders), "r"(&lost) : "memory");
}

int main(void) {
    lose();
    keep();
    free_holders();
    return masked == 0;
}
