#include "nn/base/error.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

TEST_CASE("fail carries its code and its formatted message") {
  CHECK(thrown_message(ErrorCode::shape, [] { fail(ErrorCode::shape, "{} x {}", 2, "y"); }) ==
        "2 x y");
}

TEST_CASE("check throws only when the condition is false") {
  CHECK_NOTHROW(check(true, ErrorCode::io, "not this"));
  CHECK(thrown_message(ErrorCode::io, [] { check(false, ErrorCode::io, "this {}", 1); }) ==
        "this 1");
}

TEST_CASE("exit statuses: 2 for usage, 1 for the rest") {
  CHECK(exit_status(Error(ErrorCode::usage, "")) == 2);
  for (ErrorCode code : {ErrorCode::shape, ErrorCode::io, ErrorCode::format, ErrorCode::device,
                         ErrorCode::internal}) {
    CHECK(exit_status(Error(code, "")) == 1);
  }
}
