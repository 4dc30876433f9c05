#include "data/npy.h"

#include <doctest/doctest.h>

#include <cstring>

#include "nn/base/files.h"
#include "nn/base/npy_header.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

// As numpy.save writes it, format 2.0: four bytes of length.
std::string file_of(const std::string& dictionary, const std::string& numbers) {
  std::string bytes("\x93NUMPY\x02\x00", 8);
  bytes += char(dictionary.size());
  return bytes + std::string(3, '\0') + dictionary + numbers;
}

}  // namespace

TEST_CASE("npy: what is written reads back; float64 becomes float32") {
  const TemporaryFolder folder;
  write_atomically(folder / "a.npy", npy_header({2, 3}) + bytes_of<float>({1, 2, 3, 4, 5, 6.5f}));
  const NpyMatrix a = read_npy(folder / "a.npy");
  CHECK(a.rows == 2);
  CHECK(a.columns == 3);
  CHECK(a.values == std::vector<float>{1, 2, 3, 4, 5, 6.5f});
  write_atomically(folder / "b.npy",
                   file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1L, 2L), }\n",
                           bytes_of<double>({0.25, -8})));
  CHECK(read_npy(folder / "b.npy").values == std::vector<float>{0.25f, -8});
}

TEST_CASE("npy: what it cannot read it names") {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& bytes) {
    write_atomically(folder / "x.npy", bytes);
    return thrown_message(ErrorCode::format, [&] { read_npy(folder / "x.npy"); });
  };
  const std::string numbers = bytes_of<float>({1, 2, 3, 4});
  CHECK(contains(refusal("PK\x03\x04 and some more bytes"), "x.npy: is no NumPy .npy file"));
  CHECK(contains(refusal(npy_header({2, 2}).substr(0, 40)), "cut short in its header"));
  CHECK(contains(refusal(npy_header({2, 3}) + numbers), "tells of (2, 3) numbers, 4 are there"));
  CHECK(contains(
      refusal(file_of("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 2), }\n", numbers)),
      "numbers of type <i4"));
  CHECK(contains(
      refusal(file_of("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }\n", numbers)),
      "Fortran order"));
  CHECK(contains(
      refusal(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }\n", numbers)),
      "of shape (4), a matrix is needed"));
  CHECK(contains(refusal(file_of("{'descr': '<f4', 'fortran_order': False, 'shape': "
                                 "(999999999999999, 999999999999999), }\n",
                                 numbers)),
                 "cut short"));
}
