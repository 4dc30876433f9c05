#include "models/mapped_tensor.h"

#include <bit>
#include <cstring>

#include "nn/base/half.h"

namespace p2s {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
T raw(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

real number(NumberType type, const char* at) {
  switch (type) {
    case NumberType::f64:
      return real(raw<double>(at));
    case NumberType::f32:
      return real(raw<float>(at));
    case NumberType::f16:
      return real(float_from_half(raw<uint16_t>(at)));
    case NumberType::bf16:  // the upper half of a float
      return real(std::bit_cast<float>(uint32_t(raw<uint16_t>(at)) << 16));
    case NumberType::i64:
      return real(raw<int64_t>(at));
    case NumberType::i32:
      return real(raw<int32_t>(at));
    case NumberType::i16:
      return real(raw<int16_t>(at));
    case NumberType::i8:
      return real(raw<int8_t>(at));
    case NumberType::u8:
    case NumberType::boolean:
      return real(raw<uint8_t>(at));
  }
  return 0;
}

// Steps a place in a shape on, last axis fastest, and with it the number's index; false at the end.
bool next(const MappedTensor& tensor, std::vector<int64_t>& place, int64_t& index) {
  for (size_t d = place.size(); d-- > 0;) {
    if (place[d] + 1 < tensor.shape[d]) {
      ++place[d];
      index += tensor.strides[d];
      return true;
    }
    index -= place[d] * tensor.strides[d];
    place[d] = 0;
  }
  return false;
}

}  // namespace

size_t number_size(NumberType type) {
  switch (type) {
    case NumberType::f64:
    case NumberType::i64:
      return 8;
    case NumberType::f32:
    case NumberType::i32:
      return 4;
    case NumberType::f16:
    case NumberType::bf16:
    case NumberType::i16:
      return 2;
    case NumberType::i8:
    case NumberType::u8:
    case NumberType::boolean:
      return 1;
  }
  return 0;
}

std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  uint64_t step = 1;  // of a shape that is too large the product wraps, and fits() refuses it
  for (size_t d = shape.size(); d-- > 0;) {
    strides[d] = int64_t(step & INT64_MAX);
    step *= uint64_t(shape[d]);
  }
  return strides;
}

bool fits(const MappedTensor& tensor) {
  const auto count = int64_t(tensor.numbers.size() / number_size(tensor.type));
  if (tensor.shape.size() != tensor.strides.size()) return false;
  int64_t elements = 1, last = tensor.offset;
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    int64_t reach = 0;
    if (tensor.shape[d] == 0) return true;
    if (__builtin_mul_overflow(tensor.shape[d] - 1, tensor.strides[d], &reach) ||
        __builtin_add_overflow(last, reach, &last) ||
        __builtin_mul_overflow(elements, tensor.shape[d], &elements)) {
      return false;
    }
  }
  return elements <= count && last < count;
}

std::vector<real> read_numbers(const MappedTensor& tensor) {
  const size_t size = number_size(tensor.type);
  size_t elements = 1;
  for (const int64_t n : tensor.shape) elements *= size_t(n);
  std::vector<real> found;
  if (elements == 0) return found;
  found.resize(elements);
  const char* first = tensor.numbers.data() + size_t(tensor.offset) * size;
  if (tensor.type == NumberType::f32 && sizeof(real) == sizeof(float) &&
      tensor.strides == row_major_strides(tensor.shape)) {
    std::memcpy(found.data(), first, elements * sizeof(real));
    return found;
  }
  std::vector<int64_t> place(tensor.shape.size(), 0);
  int64_t index = tensor.offset;
  size_t at = 0;
  do {
    found[at++] = number(tensor.type, tensor.numbers.data() + size_t(index) * size);
  } while (next(tensor, place, index));
  return found;
}

}  // namespace p2s
