// Objects of every size, kept and freed, and one that is too large.
#include <cstdio>
#include <map>
#include <new>
#include <string>
#include <vector>

static std::vector<std::string> kept;

__attribute__((noinline)) static void keep(int count) {
    for (int i = 0; i < count; i++) kept.push_back(std::string(100, 'x'));
}

int main() {
    int caught = 0;
    for (int i = 0; i < 200; i++) {
        std::map<int, std::string> names;
        for (int k = 0; k < 20; k++) names[k] = std::string(30 + k, 'y');
        delete new (std::nothrow) int;
        try {
            volatile size_t huge = ~0ul >> 2;
            *new char[huge] = 1;
        } catch (std::bad_alloc &) {
            caught++;
        }
    }
    keep(500);
    printf("objects %d %zu\n", caught, kept.size());
}
