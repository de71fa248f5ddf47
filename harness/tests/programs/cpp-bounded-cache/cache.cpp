// Build: c++ -std=c++17 -g -O1 -fno-builtin -o cache cache.cpp
// Usage: cache N [--twin]
// A cache of answers with room for 512, of which a random one makes way for each new one when it is full. It grows for
// 512 iterations and then no more. The twin's cache has room for none.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

static std::unordered_map<int, std::string> cache;
static std::vector<int> keys;
static unsigned state = 1;

static std::size_t answer(int question, std::size_t room) {
    if (room == 0)
        return std::string(1000, 'x').size();
    if (cache.size() >= room) {
        state = state * 1664525u + 1013904223u;
        std::size_t victim = (state >> 8) % keys.size();
        cache.erase(keys[victim]);
        keys[victim] = question;
    } else
        keys.push_back(question);
    return cache.emplace(question, std::string(1000, 'x')).first->second.size(); /*@site*/
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    std::size_t letters = 0;
    for (int i = 0; i < n; i++)
        letters += answer(i, twin ? 0 : 512);
    std::printf("%zu letters\n", letters);
}
