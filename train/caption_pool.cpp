#include "train/caption_pool.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "data/tokenizer.h"
#include "nn/base/error.h"
#include "nn/base/rng.h"

namespace p2s {
namespace {

// Captions that differ in case or in the full stop only are one.
std::string compared_form(const std::vector<std::string>& tokens) {
  std::string form;
  for (const std::string& token : tokens) {
    if (token != ".") form += lower_case(token) + " ";
  }
  return form;
}

}  // namespace

std::vector<std::string> caption_pool(const std::vector<std::string>& captions,
                                      const Vocabulary& vocabulary, int64_t size, uint64_t seed) {
  std::vector<std::string> usable;
  std::unordered_set<std::string> seen;
  for (const std::string& caption : captions) {
    const std::vector<std::string> tokens = tokenize(caption);
    const std::vector<int32_t> ids = vocabulary.ids(tokens);
    const bool known = std::find(ids.begin(), ids.end(), Vocabulary::kUnknown) == ids.end();
    if (known && !ids.empty() && seen.insert(compared_form(tokens)).second) {
      usable.push_back(caption);
    }
  }
  check(!usable.empty(), ErrorCode::usage,
        "caption pool: each of the {} captions has a word that the embedding does not know",
        captions.size());
  if (size == 0 || size_t(size) >= usable.size()) return usable;
  std::vector<size_t> order(usable.size());
  std::iota(order.begin(), order.end(), size_t(0));
  Rng rng(seed);
  for (size_t i = 0; i < size_t(size); ++i) {
    std::swap(order[i], order[i + rng.below(order.size() - i)]);
  }
  order.resize(size_t(size));
  std::sort(order.begin(), order.end());
  std::vector<std::string> chosen;
  for (size_t i : order) chosen.push_back(usable[i]);
  return chosen;
}

}  // namespace p2s
