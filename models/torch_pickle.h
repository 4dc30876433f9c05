#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace p2s {

// A value that a pickle describes. It points at its parts, which the Pickle owns, so that a deep
// nest costs no recursion.
struct PickleValue {
  enum class Kind { none, integer, text, global, tuple, list, dict, storage, tensor };
  Kind kind = Kind::none;
  int64_t integer = 0;                    // also of booleans
  std::string text;                       // of a text; a global's "module.name"
  std::vector<const PickleValue*> items;  // of a tuple or list; a storage's or tensor's arguments
  std::vector<std::pair<const PickleValue*, const PickleValue*>> members;  // of a dict
};

// Reads one pickle of protocol 2 (torch.save's) as plain data. Nothing is called:
// torch._utils._rebuild_tensor_v2 and a persistent id give values of kind `tensor` and `storage`
// that hold their arguments, collections.OrderedDict gives a dict, and any other call, class or
// opcode is Error(format) that names it, as are bytes that end too soon.
class Pickle {
 public:
  // Takes the pickle off the front of `bytes`; `file` is named in errors.
  Pickle(std::string_view& bytes, const std::string& file);
  Pickle(const Pickle&) = delete;
  Pickle& operator=(const Pickle&) = delete;
  const PickleValue& result() const { return *result_; }
  // Everything that was made on the way, the result among it.
  const std::deque<PickleValue>& values() const { return values_; }

 private:
  std::deque<PickleValue> values_;
  const PickleValue* result_ = nullptr;
};

}  // namespace p2s
