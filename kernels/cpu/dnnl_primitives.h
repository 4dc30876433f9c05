#pragma once

#include <dnnl.hpp>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

#include "nn/base/error.h"

// What every use of oneDNN shares: its engine, a stream a thread, and bounded caches of primitives.
namespace p2s::cpu {

const dnnl::engine& dnnl_engine();
dnnl::stream& dnnl_stream();

// Attributes of every primitive that is kept: oneDNN's own scratchpad belongs to the thread that
// made the primitive, so one that several threads run brings its memory with it.
dnnl::primitive_attr cached_primitive();
// Runs a primitive made with cached_primitive() on this thread's stream.
void run(const dnnl::primitive& primitive, std::unordered_map<int, dnnl::memory> arguments);

// True where the machine multiplies bfloat16 faster than float.
bool has_bfloat16_products();

inline dnnl::memory dnnl_memory(const dnnl::memory::desc& layout, const void* data) {
  return dnnl::memory(layout, dnnl_engine(), const_cast<void*>(data));
}

// The last `capacity` values by key; thread-safe. Values are handles that are cheap to copy.
template <class Key, class Value>
class PrimitiveCache {
 public:
  PrimitiveCache(const char* name, size_t capacity) : name_(name), capacity_(capacity) {}

  // The value of `key`, made by make() where there is none. Error(internal) where oneDNN has no
  // implementation.
  template <class Make>
  Value get(const Key& key, Make&& make) {
    const std::lock_guard lock(mutex_);
    if (const auto found = places_.find(key); found != places_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return entries_.front().second;
    }
    try {
      entries_.emplace_front(key, make());
    } catch (const dnnl::error& error) {
      fail(ErrorCode::internal, "{}: oneDNN refused: {}", name_, error.what());
    }
    places_[key] = entries_.begin();
    if (entries_.size() > capacity_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    return entries_.front().second;
  }

 private:
  using Entries = std::list<std::pair<Key, Value>>;
  const char* name_;
  const size_t capacity_;
  std::mutex mutex_;
  Entries entries_;  // last used first
  std::map<Key, typename Entries::iterator> places_;
};

}  // namespace p2s::cpu
