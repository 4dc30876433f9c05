#include "models/torch_pickle.h"

#include <cstring>
#include <unordered_map>

#include "nn/base/error.h"

namespace p2s {
namespace {

using Kind = PickleValue::Kind;

// A state dict has about twenty values a tensor; more than this is no state dict but an attack on
// memory.
constexpr size_t kMaxValues = 1'000'000;

constexpr const char* kOrderedDict = "collections.OrderedDict";
constexpr const char* kRebuildTensor = "torch._utils._rebuild_tensor_v2";
constexpr const char* kRebuildParameter = "torch._utils._rebuild_parameter";

// Only names that stand for data; everything else in Python could be called through a pickle.
bool harmless(const std::string& global) {
  const bool storage = global.starts_with("torch.") && global.ends_with("Storage") &&
                       global.find('.', 6) == std::string::npos;
  return storage || global == kOrderedDict || global == kRebuildTensor ||
         global == kRebuildParameter;
}

class Machine {
 public:
  Machine(std::string_view bytes, std::deque<PickleValue>& values, const std::string& file)
      : bytes_(bytes), values_(values), file_(file) {}

  const PickleValue* run() {
    for (;;) {
      const uint8_t opcode = uint8_t(take(1)[0]);
      if (opcode == '.') return pop();
      if (!simple(opcode) && !container(opcode)) {
        refuse(fmt::format("opcode 0x{:02x} is not understood", opcode));
      }
    }
  }
  size_t read() const { return at_; }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    fail(ErrorCode::format, "{}: pickle byte {}: {}; a PyTorch state dict is needed", file_, at_,
         why);
  }
  std::string_view take(size_t count) {
    if (count > bytes_.size() - at_) refuse("the file ends too soon");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  // Little-endian and signed where `size` is that of the type.
  template <class T>
  T number(size_t size = sizeof(T)) {
    T value{};
    std::memcpy(&value, take(size).data(), size);
    return value;
  }
  std::string line() {
    const size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) refuse("the file ends too soon");
    const std::string text(take(end - at_));
    take(1);
    return text;
  }

  PickleValue* push(Kind kind) {
    if (values_.size() >= kMaxValues) refuse("too many values");
    values_.push_back({});
    values_.back().kind = kind;
    stack_.push_back(&values_.back());
    return stack_.back();
  }
  void push_integer(int64_t value) { push(Kind::integer)->integer = value; }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleValue* pop() {
    if (stack_.size() <= floor()) refuse("nothing on the stack");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue* top(Kind kind, const char* needed) {
    if (stack_.size() <= floor() || stack_.back()->kind != kind) {
      refuse(fmt::format("a {} is needed", needed));
    }
    return stack_.back();
  }
  // The values above the last mark, which goes.
  std::vector<const PickleValue*> pop_to_mark() {
    if (marks_.empty()) refuse("no mark on the stack");
    const auto begin = stack_.begin() + std::ptrdiff_t(marks_.back());
    std::vector<const PickleValue*> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }
  void memorize(uint32_t key) {
    if (stack_.size() <= floor()) refuse("nothing on the stack");
    memo_[key] = stack_.back();
  }
  void recall(uint32_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) refuse(fmt::format("memo {} is empty", key));
    stack_.push_back(found->second);
  }

  bool simple(uint8_t opcode);
  bool container(uint8_t opcode);
  void long_integer();
  void global();
  void tuple(size_t count);
  void set_items(const std::vector<const PickleValue*>& items);
  void reduce();
  void build();

  std::string_view bytes_;
  size_t at_ = 0;
  std::deque<PickleValue>& values_;
  const std::string& file_;
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<uint32_t, PickleValue*> memo_;
};

bool Machine::simple(uint8_t opcode) {
  switch (opcode) {
    case 0x80:  // PROTO
      if (const int version = number<uint8_t>(); version != 2) {
        refuse(fmt::format("protocol {}, torch.save writes 2", version));
      }
      return true;
    case 'N':
      push(Kind::none);
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      push_integer(opcode == 0x88);
      return true;
    case 'K':  // BININT1
      push_integer(number<uint8_t>());
      return true;
    case 'M':  // BININT2
      push_integer(number<uint16_t>());
      return true;
    case 'J':  // BININT
      push_integer(number<int32_t>());
      return true;
    case 0x8a:  // LONG1
      long_integer();
      return true;
    case 'X': {  // BINUNICODE
      const std::string_view text = take(number<uint32_t>());
      push(Kind::text)->text = text;
      return true;
    }
    case 'q':  // BINPUT
      memorize(number<uint8_t>());
      return true;
    case 'r':  // LONG_BINPUT
      memorize(number<uint32_t>());
      return true;
    case 'h':  // BINGET
      recall(number<uint8_t>());
      return true;
    case 'j':  // LONG_BINGET
      recall(number<uint32_t>());
      return true;
    default:
      return false;
  }
}

bool Machine::container(uint8_t opcode) {
  switch (opcode) {
    case '(':  // MARK
      marks_.push_back(stack_.size());
      return true;
    case '}':
      push(Kind::dict);
      return true;
    case ']':
      push(Kind::list);
      return true;
    case ')':
      push(Kind::tuple);
      return true;
    case 't': {  // TUPLE
      auto items = pop_to_mark();
      push(Kind::tuple)->items = std::move(items);
      return true;
    }
    case 0x85:  // TUPLE1
    case 0x86:  // TUPLE2
    case 0x87:  // TUPLE3
      tuple(opcode - 0x84u);
      return true;
    case 's': {  // SETITEM
      const PickleValue* value = pop();
      const PickleValue* key = pop();
      set_items({key, value});
      return true;
    }
    case 'u':  // SETITEMS
      set_items(pop_to_mark());
      return true;
    case 'a': {  // APPEND
      const PickleValue* value = pop();
      top(Kind::list, "list")->items.push_back(value);
      return true;
    }
    case 'e': {  // APPENDS
      const auto items = pop_to_mark();
      auto& list = top(Kind::list, "list")->items;
      list.insert(list.end(), items.begin(), items.end());
      return true;
    }
    case 'c':
      global();
      return true;
    case 'Q': {  // BINPERSID: PyTorch's name for a storage
      const PickleValue* id = pop();
      if (id->kind != Kind::tuple) refuse("a persistent id is not a tuple");
      push(Kind::storage)->items = id->items;
      return true;
    }
    case 'R':
      reduce();
      return true;
    case 'b':
      build();
      return true;
    default:
      return false;
  }
}

void Machine::long_integer() {
  const size_t size = number<uint8_t>();
  if (size > 8) refuse("an integer of more than 64 bits");
  const auto bits = number<uint64_t>(size);
  const size_t unused = 64 - 8 * size;
  push_integer(size == 0 ? 0 : int64_t(bits << unused) >> unused);
}

void Machine::global() {
  const std::string module = line();
  const std::string name = module + "." + line();
  if (!harmless(name)) refuse(fmt::format("{:.80} is not allowed, only tensors are read", name));
  push(Kind::global)->text = name;
}

void Machine::tuple(size_t count) {
  std::vector<const PickleValue*> items(count);
  for (size_t i = count; i-- > 0;) items[i] = pop();
  push(Kind::tuple)->items = std::move(items);
}

void Machine::set_items(const std::vector<const PickleValue*>& items) {
  if (items.size() % 2 != 0) refuse("a key without a value");
  PickleValue* dict = top(Kind::dict, "dictionary");
  for (size_t i = 0; i < items.size(); i += 2) dict->members.push_back({items[i], items[i + 1]});
}

void Machine::reduce() {
  const PickleValue* arguments = pop();
  const PickleValue* callee = pop();
  if (callee->kind != Kind::global || arguments->kind != Kind::tuple) {
    refuse("something is called that is no known function");
  }
  if (callee->text == kOrderedDict && arguments->items.empty()) {
    push(Kind::dict);
  } else if (callee->text == kRebuildTensor && arguments->items.size() >= 4) {
    push(Kind::tensor)->items = arguments->items;
  } else if (callee->text == kRebuildParameter && !arguments->items.empty() &&
             arguments->items[0]->kind == Kind::tensor) {
    push(Kind::tensor)->items = arguments->items[0]->items;
  } else {
    refuse(fmt::format("{} is called in an unknown way", callee->text));
  }
}

// An OrderedDict's attributes (PyTorch keeps version numbers there), which say nothing about the
// weights.
void Machine::build() {
  pop();
  top(Kind::dict, "dictionary");
}

}  // namespace

Pickle::Pickle(std::string_view& bytes, const std::string& file) {
  Machine machine(bytes, values_, file);
  result_ = machine.run();
  bytes.remove_prefix(machine.read());
}

}  // namespace p2s
