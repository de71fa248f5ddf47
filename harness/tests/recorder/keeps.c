/* Takes many blocks and frees all but one in so many: what the allocator then keeps is known beforehand. */
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 20000, SIZE = 1000 };

static char *blocks[BLOCKS];

int main(int count, char **words) {
    int every = atoi(words[count - 1]);
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(SIZE);
        memset(blocks[i], 1, SIZE);
    }
    for (int i = 0; i < BLOCKS - 1; i++)
        if (i % every)
            free(blocks[i]);
    return 0;
}
