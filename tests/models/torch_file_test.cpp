#include "tests/models/torch_file.h"

#include <doctest/doctest.h>

#include <fstream>

#include "models/tensor_file.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

struct TorchFile {
  explicit TorchFile(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  TemporaryFolder folder;
  fs::path path = folder / "net.pth";
};

std::string refusal(const std::string& bytes) {
  const TorchFile file(bytes);
  const std::string message =
      thrown_message(ErrorCode::format, [&] { TensorFile weights(file.path); });
  CHECK(contains(message, "net.pth"));
  return message;
}

const TorchStorage kSix = floats("17", {0, 1, 2, 3, 4, 5});
const TorchStorage kCount{"9", "LongStorage", 1, std::string("\x07\0\0\0\0\0\0\0", 8)};

// A matrix, its transpose in the same storage, a part of it, and a scalar of integers.
std::string sample_state() {
  return pickle_dict({{"w", pickle_tensor(kSix, 0, {2, 3}, {3, 1})},
                      {"transposed", pickle_tensor(kSix, 0, {3, 2}, {1, 3})},
                      {"part", pickle_tensor(kSix, 4, {2}, {1})},
                      {"empty", pickle_tensor(kSix, 0, {0, 3}, {3, 1})},
                      {"epoch", pickle_integer(3)},
                      {"count", pickle_tensor(kCount, 0, {}, {})}});
}

std::string state_of(const TorchStorage& storage, int64_t offset, const std::vector<int64_t>& shape,
                     const std::vector<int64_t>& strides) {
  return legacy_file(pickle_dict({{"w", pickle_tensor(storage, offset, shape, strides)}}),
                     {storage});
}

}  // namespace

TEST_CASE("tensors of both layouts are read: shapes, strides, offsets, types") {
  for (const std::string& bytes :
       {legacy_file(sample_state(), {kCount, kSix}), zip_file(sample_state(), {kSix, kCount})}) {
    const TorchFile file(bytes);
    const TensorFile weights(file.path);
    CHECK(weights.names() == std::vector<std::string>{"count", "empty", "part", "transposed", "w"});
    CHECK(weights.shape("w") == std::vector<int64_t>{2, 3});
    CHECK(weights.values("w") == std::vector<real>{0, 1, 2, 3, 4, 5});
    CHECK(weights.values("transposed") == std::vector<real>{0, 3, 1, 4, 2, 5});
    CHECK(weights.values("part") == std::vector<real>{4, 5});
    CHECK(weights.values("empty").empty());
    CHECK(weights.shape("count").empty());
    CHECK(weights.values("count") == std::vector<real>{7});
    CHECK(contains(thrown_message(ErrorCode::format, [&] { weights.values("v"); }),
                   "no tensor \"v\""));
  }
}

TEST_CASE("attributes of an OrderedDict and parameters are understood") {
  const std::string parameter = pickle_global("torch._utils", "_rebuild_parameter") + "(" +
                                pickle_tensor(kSix, 1, {2}, {2}) + "\x88" +
                                pickle_global("collections", "OrderedDict") + ")RtR";
  const std::string state =
      pickle_dict({{"p", parameter}}) + "}" + pickle_text("_metadata") + "}sb";
  const TorchFile file(legacy_file(state, {kSix}));
  CHECK(TensorFile(file.path).values("p") == std::vector<real>{1, 3});
}

TEST_CASE("half and brain floats are widened; tensors of inner dictionaries have their path") {
  const TorchStorage half{"1", "HalfStorage", 2, std::string("\0\x3C\0\xC0", 4)},
      brain{"2", "BFloat16Storage", 1, std::string("\xC0\x3F", 2)};
  const std::string inner = pickle_dict({{"h", pickle_tensor(half, 0, {2}, {1})}});
  const std::string state =
      pickle_dict({{"state_dict", inner}, {"b", pickle_tensor(brain, 0, {1}, {1})}});
  const TorchFile file(zip_file(state, {half, brain}));
  const TensorFile weights(file.path);
  CHECK(weights.names() == std::vector<std::string>{"b", "state_dict.h"});
  CHECK(weights.values("state_dict.h") == std::vector<real>{1, -2});
  CHECK(weights.values("b") == std::vector<real>{1.5});
}

TEST_CASE("nothing but tensors is made: other classes and calls are named and refused") {
  const std::string system = pickle_global("os", "system") + "(" + pickle_text("echo no") + "tR";
  CHECK(contains(refusal(legacy_file(system, {})), "os.system is not allowed"));
  CHECK(contains(refusal(zip_file(system, {})), "os.system is not allowed"));
  CHECK(contains(refusal(legacy_file(pickle_global("torch.os", "Storage"), {})), "not allowed"));
  CHECK(contains(refusal(legacy_file(pickle_global("torch", "load"), {})), "torch.load"));
  CHECK(contains(refusal(legacy_file(pickle_global("torch", "FloatStorage") + ")R", {})),
                 "torch.FloatStorage is called in an unknown way"));
  CHECK(contains(refusal(legacy_file("i__builtin__\nexec\n", {})), "opcode 0x69"));
  CHECK(contains(refusal(legacy_file("\x80\x04N", {})), "protocol 4"));
  CHECK(contains(refusal(legacy_file(")b", {})), "a dictionary is needed"));
}

TEST_CASE("tensors that leave their storage are refused") {
  const int64_t huge = int64_t(1) << 62;
  for (const std::string& bytes :
       {state_of(kSix, 0, {7}, {1}), state_of(kSix, 1, {2, 3}, {3, 1}),
        state_of(kSix, 0, {3}, {huge}), state_of(kSix, 0, {huge, huge}, {0, 0}),
        state_of(kSix, 0, {1000}, {0}), state_of(kSix, 6, {1}, {1}), state_of(kSix, 0, {2}, {})}) {
    CHECK(contains(refusal(bytes), "does not fit its 6 numbers"));
  }
  CHECK(contains(refusal(state_of(kSix, 0, {-1}, {1})), "no count"));
  CHECK(contains(refusal(state_of(kSix, -1, {1}, {1})), "no count"));
  const TorchFile edge(state_of(kSix, 5, {1, 1}, {huge, huge}));
  CHECK(TensorFile(edge.path).values("w") == std::vector<real>{5});
}

TEST_CASE("storages of other types, sizes or none are refused") {
  TorchStorage complex = kSix;
  complex.type = "ComplexFloatStorage";
  CHECK(contains(refusal(state_of(complex, 0, {6}, {1})), "torch.ComplexFloatStorage"));
  TorchStorage longer = kSix;
  longer.count = int64_t(1) << 61;
  CHECK(contains(refusal(state_of(longer, 0, {6}, {1})), "ends too soon"));
  const std::string state = pickle_dict({{"w", pickle_tensor(kSix, 0, {6}, {1})}});
  CHECK(contains(refusal(legacy_file(state, {})), "w has no numbers"));
  CHECK(contains(refusal(legacy_file(state, {kSix, kCount})), "a storage that no tensor is in"));
  CHECK(contains(refusal(legacy_file(state, {floats("17", {1})})), "two sizes differ"));
}

TEST_CASE("files of another kind are refused in one line") {
  CHECK(contains(refusal(""), "is empty"));
  CHECK(contains(refusal("Once upon a time"), "is no .pth, .safetensors, .npz, .npy or .h5 file"));
  CHECK(contains(refusal(zip_archive({{"package/net.pth", "x", false, 1}})), "without data.pkl"));
  CHECK(contains(refusal(legacy_file("N", {})), "holds no dictionary"));
  CHECK(contains(refusal(legacy_file(pickle_dict({}), {})), "holds no tensors"));
  const TemporaryFolder folder;
  CHECK(contains(thrown_message(ErrorCode::io, [&] { TensorFile weights(folder.path()); }),
                 "is a folder"));
}

TEST_CASE("a file that is cut anywhere is refused") {
  const std::string legacy = legacy_file(sample_state(), {kCount, kSix});
  for (size_t size = 0; size < legacy.size(); size += 3) {
    CAPTURE(size);
    refusal(legacy.substr(0, size));
  }
  const std::string zip = zip_file(sample_state(), {kSix, kCount});
  for (size_t size = 0; size < zip.size(); size += 7) {
    CAPTURE(size);
    refusal(zip.substr(0, size));
  }
}

TEST_CASE("flipped bytes never do worse than an error") {
  const TemporaryFolder folder;
  uint32_t random = 5;
  for (const std::string& whole :
       {legacy_file(sample_state(), {kCount, kSix}), zip_file(sample_state(), {kSix, kCount})}) {
    for (size_t at = 0; at < whole.size(); at += 2) {
      std::string bytes = whole;
      random = random * 1664525u + 1013904223u;
      bytes[at] = char(random >> 24);
      const fs::path path = folder / "net.pth";
      std::ofstream(path, std::ios::binary) << bytes;
      try {
        const TensorFile weights(path);
        for (const std::string& name : weights.names()) weights.values(name);
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::format);
      }
    }
  }
}

TEST_CASE("nests of a million levels cost no stack") {
  CHECK(contains(refusal(legacy_file(")" + std::string(900'000, '\x85'), {})),
                 "holds no dictionary"));
  CHECK(contains(refusal(legacy_file(std::string(1'100'000, ')'), {})), "too many values"));
}
