// Build: c++ -std=c++17 -g -O1 -fno-builtin -o family family.cpp
// Usage: family N [--twin]
// Parent and child own each other by shared_ptr: neither count comes to zero. The twin's child has a weak_ptr.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

struct Person {
    std::shared_ptr<Person> child;
    std::shared_ptr<Person> parent;
    std::weak_ptr<Person> parent_of_twin;
    char name[40] = "";
};

static void meet(int i, bool twin) {
    auto parent = std::make_shared<Person>(); /*@site*/
    parent->child = std::make_shared<Person>(); /*@site2*/
    std::snprintf(parent->child->name, 40, "child %d", i);
    if (twin)
        parent->child->parent_of_twin = parent;
    else
        parent->child->parent = parent;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    for (int i = 0; i < n; i++)
        meet(i, twin);
    std::printf("%d families\n", n);
}
