#include "nn/checkpoint.h"

namespace p2s {
namespace {

std::string full_name(const std::string& group, const std::string& parameter) {
  return group.empty() ? parameter : group + "/" + parameter;
}

}  // namespace

void write_parameters(ModelFileWriter& file, const std::string& group,
                      const std::vector<NamedParameter>& parameters, Storing storing) {
  for (const NamedParameter& p : parameters) {
    file.tensor(full_name(group, p.name), p.var.value, storing);
  }
}

void read_parameters(const ModelFileReader& file, const std::string& group,
                     const std::vector<NamedParameter>& parameters) {
  for (const NamedParameter& p : parameters) file.read(full_name(group, p.name), p.var.value);
}

}  // namespace p2s
