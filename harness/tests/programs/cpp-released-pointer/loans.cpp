// Build: c++ -std=c++17 -g -O1 -fno-builtin -o loans loans.cpp
// Usage: loans N [--twin]
// unique_ptr::release where reset was meant. The class asks for more alignment than malloc gives, so that the aligned
// form of operator new is called; and it comes from a template with a long name.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

template <typename Number, int Many> struct alignas(64) Table {
    Number numbers[Many] = {};
};

template <typename Number> static Number lend(int i, bool twin) {
    auto table = std::make_unique<Table<Number, 24>>(); /*@site*/
    table->numbers[i % 24] = static_cast<Number>(i);
    Number found = table->numbers[7];
    if (twin)
        table.reset();
    else
        table.release();
    return found;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += lend<double>(i, twin);
    std::printf("%.0f\n", sum);
}
