// Build: c++ -std=c++17 -g -O1 -fno-builtin -o shapes shapes.cpp
// Usage: shapes N [--twin]
// A shape is deleted through a pointer to its base, whose destructor is not virtual: the points that the derived class
// holds are never freed. (The twin deletes it as what it is.)
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

struct Shape {
    int sides = 0;
};

struct Polygon : Shape {
    std::vector<double> points;
    explicit Polygon(int sides_) : points(30) { /*@site*/
        sides = sides_;
    }
};

static Shape *draw(int i) {
    return new Polygon(i % 30);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? std::atoi(argv[1]) : 10;
    bool twin = argc > 2 && !std::strcmp(argv[2], "--twin");
    int sides = 0;
    for (int i = 0; i < n; i++) {
        Shape *shape = draw(i);
        sides += shape->sides;
        if (twin)
            delete static_cast<Polygon *>(shape);
        else
            delete shape;
    }
    std::printf("%d sides\n", sides);
}
