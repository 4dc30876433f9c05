#pragma once

#include <utility>
#include <vector>

#include "nn/base/rng.h"

namespace p2s {

// Fisher and Yates: every order is as likely as every other.
template <class Item>
void shuffle(std::vector<Item>& items, Rng& rng) {
  for (size_t last = items.size(); last > 1; --last) {
    std::swap(items[last - 1], items[rng.below(last)]);
  }
}

}  // namespace p2s
