#pragma once

#include <doctest/doctest.h>

#include <string>

#include "nn/base/error.h"

namespace p2s::test {

// Runs `work`, which must throw an Error of this code whose message is one line; returns it.
template <class Work>
std::string thrown_message(ErrorCode code, Work&& work) {
  try {
    work();
  } catch (const Error& error) {
    const std::string message = error.what();
    CHECK(error.code() == code);
    CHECK(message.find('\n') == std::string::npos);
    return message;
  }
  FAIL_CHECK("nothing was thrown");
  return "";
}

inline size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace p2s::test
