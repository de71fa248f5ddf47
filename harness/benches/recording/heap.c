// A heap of 100 MB of blocks of one size, all live at once: what recording takes beside it. Usage: heap BYTES
#include <stdlib.h>

int main(int argc, char **argv) {
    size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 24, count = (100 << 20) / bytes;
    char **kept = malloc(count * sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        kept[i] = malloc(bytes);
        kept[i][0] = 1;
    }
    return kept[count / 2][0] - 1;
}
