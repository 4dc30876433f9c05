#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace p2s::test {

// Files as other programs write them, with whatever is to be wrong in them.
struct MadeTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

std::string float_bytes(const std::vector<float>& values);

// A whole .npy; `descr` is NumPy's name of the type.
std::string npy_bytes(const std::string& descr, const std::string& shape,
                      const std::string& numbers, bool fortran_order = false);
std::string npy_bytes(const MadeTensor& tensor);
// A whole .npz, of deflated entries if wanted.
std::string npz_bytes(const std::vector<MadeTensor>& tensors, bool deflated = false);

// A whole .safetensors: its header's length, the header, the numbers.
std::string safetensors_bytes(const std::string& header, const std::string& numbers);
std::string safetensors_bytes(const std::vector<MadeTensor>& tensors);

// Writes an HDF5 file; names are paths.
void write_hdf5(const std::string& path, const std::vector<MadeTensor>& tensors);

}  // namespace p2s::test
