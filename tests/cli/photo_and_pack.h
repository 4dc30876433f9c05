#pragma once

#include <filesystem>
#include <string>

namespace p2s::test {

// Files that the tests of a run share, made on first use and gone at its end: a photograph (PNG)
// and a small pack of random models with the genres scifi and thriller.
std::filesystem::path photo_file();
std::filesystem::path pack_file();

// The bytes of both.
const std::string& photo_bytes();
const std::string& pack_bytes();

}  // namespace p2s::test
