#include <algorithm>
#include <cmath>

#include "infer/search.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

int32_t likeliest(std::span<const real> log_p) {
  return int32_t(std::max_element(log_p.begin(), log_p.end()) - log_p.begin());
}

struct Contender {
  double weight;
  int32_t id;
  bool operator<(const Contender& other) const {
    return weight < other.weight || (weight == other.weight && id > other.id);
  }
};

// Words by p^(1/t), relative to the likeliest's. Those below a millionth of it are left out: all of
// them together would be drawn once in fifty draws at the worst, and not one would be missed.
std::vector<Contender> contenders(std::span<const real> log_p, double temperature) {
  const real top = log_p[size_t(likeliest(log_p))];
  const real least = top - real(13.8 * temperature);
  std::vector<Contender> all;
  for (size_t id = 0; id < log_p.size(); ++id) {
    if (log_p[id] < least) continue;
    all.push_back({std::exp(double(log_p[id] - top) / temperature), int32_t(id)});
  }
  return all;
}

// The likeliest contenders, likeliest first, until `enough` of (count, sum of weights) says so.
template <class Enough>
std::vector<Contender> leaders(std::vector<Contender> all, Enough&& enough) {
  std::make_heap(all.begin(), all.end());
  std::vector<Contender> result;
  double sum = 0;
  while (!all.empty() && !(!result.empty() && enough(result.size(), sum))) {
    std::pop_heap(all.begin(), all.end());
    sum += all.back().weight;
    result.push_back(all.back());
    all.pop_back();
  }
  return result;
}

// One of them, with probability proportional to its weight.
int32_t draw(const std::vector<Contender>& from, Rng& rng) {
  double left = 0;
  for (const Contender& c : from) left += c.weight;
  left *= rng.uniform_double();
  for (const Contender& c : from) {
    left -= c.weight;
    if (left < 0) return c.id;
  }
  return from.back().id;
}

}  // namespace

Sampling sampling(const std::string& name) {
  if (name == "greedy") return Sampling::greedy;
  if (name == "beam") return Sampling::beam;
  if (name == "top-k") return Sampling::top_k;
  if (name == "top-p") return Sampling::top_p;
  fail(ErrorCode::usage, "--sampling: \"{}\" is none of greedy, beam, top-k, top-p", name);
}

std::string name(Sampling sampling) {
  switch (sampling) {
    case Sampling::greedy:
      return "greedy";
    case Sampling::beam:
      return "beam";
    case Sampling::top_k:
      return "top-k";
    case Sampling::top_p:
      return "top-p";
  }
  return "?";
}

int32_t choose(std::span<const real> log_p, const SearchOptions& options, Rng& rng) {
  if (options.sampling == Sampling::greedy || options.temperature <= 0) return likeliest(log_p);
  std::vector<Contender> all = contenders(log_p, options.temperature);
  if (options.sampling == Sampling::top_k) {
    const auto k = size_t(options.top_k);
    return draw(leaders(std::move(all), [k](size_t count, double) { return count >= k; }), rng);
  }
  double total = 0;
  for (const Contender& c : all) total += c.weight;
  const double share = options.top_p * total;
  return draw(leaders(std::move(all), [share](size_t, double sum) { return sum >= share; }), rng);
}

}  // namespace p2s
