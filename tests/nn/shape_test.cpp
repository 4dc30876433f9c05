#include "nn/shape.h"

#include <doctest/doctest.h>

#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

TEST_CASE("a shape knows its sizes, its matrix view and its text") {
  const Shape shape{2, 3, 4};
  CHECK(shape.rank() == 3);
  CHECK(shape.elements() == 24);
  CHECK(shape[0] == 2);
  CHECK(shape[-1] == 4);
  CHECK(shape.rows() == 6);
  CHECK(shape.columns() == 4);
  CHECK(shape.text() == "[2,3,4]");
  CHECK(shape.with(1, 7) == Shape{2, 7, 4});
  CHECK(shape.without(-1) == Shape{2, 3});
  CHECK(shape != Shape{2, 3});
}

TEST_CASE("a scalar has one element, an empty shape none") {
  CHECK(Shape{}.elements() == 1);
  CHECK(Shape{}.rows() == 1);
  CHECK(Shape{}.columns() == 1);
  CHECK(Shape{}.text() == "[]");
  CHECK(Shape{0, 5}.elements() == 0);
  CHECK(Shape{0, 5}.rows() == 0);
  CHECK(Shape{3, 0}.rows() == 0);
}

TEST_CASE("impossible shapes are refused") {
  CHECK(contains(thrown_message(ErrorCode::shape, [] { Shape{1, 2, 3, 4, 5}; }), "at most 4"));
  CHECK(contains(thrown_message(ErrorCode::shape, [] { Shape{2, -1}; }), "-1"));
  CHECK(contains(thrown_message(ErrorCode::shape,
                                [] {
                                  Shape({2, 3}).axis(2, "concat");
                                }),
                 "concat: no axis 2 in [2,3]"));
}
