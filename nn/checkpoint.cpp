#include "nn/checkpoint.h"

#include "nn/base/error.h"

namespace p2s {
namespace {

std::string full_name(const std::string& group, const std::string& parameter) {
  return group.empty() ? parameter : group + "/" + parameter;
}

}  // namespace

void write_parameters(ModelFileWriter& file, const std::string& group,
                      const std::vector<NamedParameter>& parameters, Storing storing) {
  for (const auto& [name, var] : parameters) {
    file.tensor(full_name(group, name), var.value, storing);
  }
}

void read_parameters(const ModelFileReader& file, const std::string& group,
                     const std::vector<NamedParameter>& parameters) {
  for (const auto& [name, var] : parameters) {
    const std::string full = full_name(group, name);
    const Shape stored = file.shape(full);
    check(stored == var.shape(), ErrorCode::format,
          "{}: {} is {}, the model needs {}; was it written with other sizes?",
          file.path().string(), full, stored.text(), var.shape().text());
    var.value.copy_from(file.tensor(full, var.value.device()));
  }
}

}  // namespace p2s
