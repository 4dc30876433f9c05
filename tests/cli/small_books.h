#pragma once

#include <filesystem>

namespace p2s::test {

// Four books of random short sentences in `folder`/western, from the words of the small pack.
void write_small_books(const std::filesystem::path& folder);

}  // namespace p2s::test
