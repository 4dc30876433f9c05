#include "tests/cli/small_books.h"

#include <array>
#include <string>

#include "nn/base/files.h"
#include "nn/base/rng.h"

namespace p2s::test {
namespace {

template <size_t N>
std::string one_of(Rng& rng, const std::array<const char*, N>& words) {
  return words[rng.below(N)];
}

std::string sentence(Rng& rng) {
  constexpr std::array kWho = {"The man", "An old dog", "She", "The red boat"};
  constexpr std::array kDoes = {"walks", "runs", "waits", "sings"};
  constexpr std::array kWhere = {"on the beach", "by the sea", "in Paris", "in the sun"};
  return one_of(rng, kWho) + " " + one_of(rng, kDoes) + " " + one_of(rng, kWhere) + ".";
}

std::string book(Rng& rng) {
  std::string text = "CHAPTER I\n\n";
  for (int paragraph = 0; paragraph < 40; ++paragraph) {
    for (int i = 0; i < 6; ++i) text += sentence(rng) + (i == 5 ? "\n\n" : " ");
  }
  return text;
}

}  // namespace

void write_small_books(const fs::path& folder) {
  fs::create_directories(folder / "western");
  Rng rng(3);
  for (const char* name : {"a.txt", "b.txt", "c.txt", "d.txt"}) {
    write_atomically(folder / "western" / name, book(rng));
  }
}

}  // namespace p2s::test
