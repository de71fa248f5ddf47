// Build: c++ -std=c++17 -g -O1 -fno-builtin -o failures failures.cpp
// Usage: failures N [--twin]
// Keeps every exception for a report that is never written: a static list of exception_ptr.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <list>
#include <stdexcept>

static std::list<std::exception_ptr> failures;

static void attempt(int i) {
    if (i >= 0)
        throw std::out_of_range("no such row"); /*@site*/
}

static void run(int i) {
    try {
        attempt(i);
    } catch (...) {
        failures.push_back(std::current_exception()); /*@site2*/
    }
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++) {
        run(i);
        if (twin)
            failures.clear();
    }
    std::printf("%d failures\n", n);
}
