#include "models/tensor_file.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/models/tensor_bytes.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

struct MadeFile {
  explicit MadeFile(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  TemporaryFolder folder;
  fs::path path = folder / "some.file";  // the name says nothing
};

std::string refusal(const std::string& bytes) {
  const MadeFile file(bytes);
  return thrown_message(ErrorCode::format, [&] {
    const TensorFile tensors(file.path);
    for (const std::string& name : tensors.names()) tensors.values(name);
  });
}

const std::vector<MadeTensor> kTwo = {{"a", {2, 3}, {0, 1, 2, 3, 4, 5}}, {"b", {2}, {7, 8}}};

void check_two(const TensorFile& file) {
  CHECK(file.names() == std::vector<std::string>{"a", "b"});
  CHECK(file.shape("a") == std::vector<int64_t>{2, 3});
  CHECK(file.values("a") == std::vector<real>{0, 1, 2, 3, 4, 5});
  CHECK(file.values("b") == std::vector<real>{7, 8});
  CHECK(file.has("b"));
  CHECK(!file.has("c"));
}

// Flips one byte after the other and cuts at every length: an error or numbers, nothing worse.
void survives_damage(const std::string& whole) {
  const TemporaryFolder folder;
  uint32_t random = 5;
  for (size_t at = 0; at < whole.size(); at += 3) {
    std::string bytes = whole;
    random = random * 1664525u + 1013904223u;
    bytes[at] = char(random >> 24);
    for (const std::string& damaged : {bytes, whole.substr(0, at)}) {
      std::ofstream(folder / "damaged", std::ios::binary) << damaged;
      try {
        const TensorFile file(folder / "damaged");
        for (const std::string& name : file.names()) file.values(name);
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::format);
      }
    }
  }
}

}  // namespace

TEST_CASE("arrays of NumPy are read, deflated or not") {
  for (const bool deflated : {false, true}) {
    const MadeFile file(npz_bytes(kTwo, deflated));
    check_two(TensorFile(file.path));
  }
  const MadeFile one(npy_bytes(kTwo[0]));
  const TensorFile file(one.path);
  CHECK(file.names() == std::vector<std::string>{"array"});
  CHECK(file.values("array") == std::vector<real>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("arrays of other numbers and of Fortran's order") {
  const auto values = [](const std::string& bytes) {
    return TensorFile(MadeFile(bytes).path).values("array");
  };
  const std::string numbers("\x01\0\xFF\xFF\x03\0\x04\0", 8);
  CHECK(values(npy_bytes("'<i2'", "(4,)", numbers)) == std::vector<real>{1, -1, 3, 4});
  CHECK(values(npy_bytes("'|u1'", "(8L,)", numbers))[2] == 255);
  CHECK(values(npy_bytes("'<f2'", "(1,)", std::string("\0\x3E", 2))) == std::vector<real>{1.5});
  const std::string floats = float_bytes({1, 2, 3, 4, 5, 6});
  CHECK(values(npy_bytes("'<f4'", "(2, 3)", floats, true)) == std::vector<real>{1, 3, 5, 2, 4, 6});
  CHECK(values(npy_bytes("'<f4'", "()", floats)) == std::vector<real>{1});
}

TEST_CASE("arrays of NumPy that cannot be read say why") {
  const std::string four = float_bytes({1, 2, 3, 4});
  CHECK(contains(refusal(npy_bytes("'|O'", "(1,)", "\x80\x03.")), "Python objects is a pickle"));
  CHECK(contains(refusal(npy_bytes("'>f4'", "(4,)", four)), "type >f4 are not read"));
  CHECK(contains(refusal(npy_bytes("'<U4'", "(1,)", four)), "type <U4 are not read"));
  CHECK(contains(refusal(npy_bytes("[('x', '<f4')]", "(4,)", four)), "header cannot be read"));
  CHECK(contains(refusal(npy_bytes("'<f4'", "(5,)", four)), "ends too soon"));
  CHECK(contains(refusal(npy_bytes("'<f4'", "(4294967296, 4294967296)", four)), "ends too soon"));
  CHECK(contains(refusal(npy_bytes("'<f4'", "(-1,)", four)), "header cannot be read"));
  survives_damage(npy_bytes(kTwo[0]));
  survives_damage(npz_bytes(kTwo, true));
}

TEST_CASE("one array of an .npz that is not read leaves the others readable") {
  const MadeFile file(npz_bytes({{"a", {1}, {5}}}));
  check_two(TensorFile(MadeFile(npz_bytes(kTwo)).path));
  CHECK(TensorFile(file.path).values("a") == std::vector<real>{5});
}

TEST_CASE(".safetensors are read, of every width") {
  check_two(TensorFile(MadeFile(safetensors_bytes(kTwo)).path));
  const auto value = [](const char* type, const std::string& numbers) {
    const std::string header = R"({"x":{"dtype":")" + std::string(type) +
                               R"(","shape":[1],"data_offsets":[0,)" +
                               std::to_string(numbers.size()) + "]}}";
    return TensorFile(MadeFile(safetensors_bytes(header, numbers)).path).values("x")[0];
  };
  CHECK(value("F16", std::string("\0\xC0", 2)) == -2);
  CHECK(value("BF16", std::string("\xC0\x3F", 2)) == real(1.5));
  CHECK(value("F64", std::string("\0\0\0\0\0\0\xF8\x3F", 8)) == real(1.5));
  CHECK(value("I64", std::string("\x02\0\0\0\0\0\0\0", 8)) == 2);
  CHECK(value("BOOL", "\x01") == 1);
}

TEST_CASE(".safetensors that lie about their numbers are refused") {
  const auto of = [](const std::string& entry) {
    return refusal(safetensors_bytes("{\"x\":{" + entry + "}}", float_bytes({1, 2})));
  };
  CHECK(contains(of(R"("dtype":"F32","shape":[2],"data_offsets":[0,80])"), "past its end"));
  CHECK(contains(of(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), "past its end"));
  CHECK(contains(of(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), "does not fit"));
  CHECK(contains(of(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8])"),
                 "does not fit"));
  CHECK(contains(of(R"("dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8])"), "type F8_E4M3"));
  CHECK(contains(of(R"("dtype":"F32","data_offsets":[0,8])"), "shape"));
  CHECK(contains(refusal(safetensors_bytes("{\"x\":", "")), "header of a .safetensors"));
  CHECK(contains(refusal(safetensors_bytes("{}", "")), "holds no tensors"));
  survives_damage(safetensors_bytes(kTwo));
}

TEST_CASE("HDF5's data sets are read by path") {
  const TemporaryFolder folder;
  write_hdf5(folder / "net.h5", {{"conv/conv/kernel:0", {2, 2}, {1, 2, 3, 4}}, {"top", {1}, {9}}});
  const TensorFile file(folder / "net.h5");
  CHECK(file.names() == std::vector<std::string>{"conv/conv/kernel:0", "top"});
  CHECK(file.shape("conv/conv/kernel:0") == std::vector<int64_t>{2, 2});
  CHECK(file.values("conv/conv/kernel:0") == std::vector<real>{1, 2, 3, 4});
  const std::string bytes = read_file(folder / "net.h5");
  CHECK(contains(refusal(bytes.substr(0, bytes.size() / 2)), "damaged or cut short"));
  write_hdf5(folder / "empty.h5", {});
  CHECK(contains(refusal(read_file(folder / "empty.h5")), "holds no tensors"));
}

TEST_CASE("a bare pickle is refused as what it is") {
  // os.system("touch pwned"), protocol 3.
  const std::string bytes = std::string("\x80\x03") + "cos\nsystem\nX\x0b" +
                            std::string("\0\0\0", 3) + "touch pwned\x85R.";
  CHECK(contains(refusal(bytes),
                 "is a bare Python pickle, which can hold code; nothing of it was "
                 "run"));
}
