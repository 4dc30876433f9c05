#include "kernels/profile.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "kernels/kernels.h"
#include "nn/base/parallel.h"

namespace p2s {
namespace {

using Clock = std::chrono::steady_clock;

struct Cost {
  double flops = 0, bytes = 0;
};

Cost products(int64_t m, int64_t n, int64_t k) { return {2.0 * double(m) * double(n) * double(k)}; }
// Numbers that are read or written.
Cost moved(int64_t numbers) { return {0, double(numbers) * sizeof(real)}; }

// What is being timed. Never destroyed: it is printed after main.
struct Profile {
  const Kernels* table = nullptr;
  Kernels timed = {};
  std::mutex mutex;
  std::deque<KernelTime> times;  // addresses stay
  KernelTime* packing = nullptr;
  std::unordered_map<const PackedMatrix*, std::pair<int64_t, int64_t>> packed;  // n, k
  Clock::time_point start = Clock::now();

  void add(KernelTime& entry, Clock::time_point since, const Cost& cost) {
    // Kernels that run side by side share the time that passes.
    const double seconds =
        std::chrono::duration<double>(Clock::now() - since).count() / threads_at_work();
    const std::lock_guard lock(mutex);
    ++entry.calls;
    entry.seconds += seconds, entry.flops += cost.flops, entry.bytes += cost.bytes;
  }
  Cost packed_cost(int64_t m, const PackedMatrix* matrix) {
    const std::lock_guard lock(mutex);
    const auto [n, k] = packed[matrix];
    return products(m, n, k);
  }
};
Profile& profile() {
  static Profile* const instance = new Profile;
  return *instance;
}

// The function that stands in for one entry of the table.
template <auto member, class CostOf, class Function>
struct Timed;
template <auto member, class CostOf, class Result, class... Arguments>
struct Timed<member, CostOf, Result (*)(Arguments...)> {
  static inline KernelTime* entry = nullptr;
  static Result call(Arguments... arguments) {
    Profile& p = profile();
    const auto start = Clock::now();
    if constexpr (std::is_void_v<Result>) {
      (p.table->*member)(arguments...);
      p.add(*entry, start, CostOf()(arguments...));
    } else {
      Result result = (p.table->*member)(arguments...);
      p.add(*entry, start, CostOf()(arguments...));
      return result;
    }
  }
};

template <auto member, class CostOf>
void time_calls(const char* name, CostOf) {
  using Function = std::remove_reference_t<decltype(std::declval<Kernels&>().*member)>;
  using Stand = Timed<member, CostOf, Function>;
  Profile& p = profile();
  p.times.push_back({name});
  Stand::entry = &p.times.back();
  p.timed.*member = &Stand::call;
}

PackedMatrix* timed_pack(bool transpose_b, int64_t k, int64_t n, const real* b, int64_t ldb,
                         Precision precision) {
  Profile& p = profile();
  const auto start = Clock::now();
  PackedMatrix* packed = p.table->pack(transpose_b, k, n, b, ldb, precision);
  p.add(*p.packing, start, moved(2 * k * n));
  const std::lock_guard lock(p.mutex);
  p.packed[packed] = {n, k};
  return packed;
}

Cost convolution(const Conv2d& c) {
  return products(c.batch * c.out_height() * c.out_width(), c.filters,
                  c.kernel_height * c.kernel_width * c.channels / c.groups);
}

// Costs take the arguments of the kernel that they are of.
void time_products() {
  time_calls<&Kernels::gemm>("gemm",
                             [](const Gemm& g) { return products(g.m * g.batch, g.n, g.k); });
  time_calls<&Kernels::gemm_packed>(
      "gemm_packed", [](int64_t m, const real*, int64_t, const PackedMatrix* packed, real*, int64_t,
                        real, const real*) { return profile().packed_cost(m, packed); });
  Profile& p = profile();
  p.packing = &p.times.emplace_back(KernelTime{"pack"});
  p.timed.pack = timed_pack;
  time_calls<&Kernels::conv2d>("conv2d", [](const Conv2d& c, auto&&...) { return convolution(c); });
  if (profile().timed.conv2d_packed) {
    time_calls<&Kernels::conv2d_packed>("conv2d_packed",
                                        [](const Conv2d& c, auto&&...) { return convolution(c); });
  }
  time_calls<&Kernels::conv2d_grad>("conv2d_grad", [](const Conv2d& c, const real*, const real*,
                                                      const real*, real* dx, bool, real* dw, bool) {
    return Cost{(double(dx != nullptr) + double(dw != nullptr)) * convolution(c).flops};
  });
}

void time_loops() {
  time_calls<&Kernels::copy>("copy", [](void*, const void*, size_t bytes) {
    return Cost{0, 2.0 * double(bytes)};
  });
  time_calls<&Kernels::fill>("fill", [](int64_t n, auto&&...) { return moved(n); });
  time_calls<&Kernels::unary>("unary", [](Unary, int64_t n, auto&&...) { return moved(2 * n); });
  time_calls<&Kernels::unary_grad>("unary_grad",
                                   [](Unary, int64_t n, auto&&...) { return moved(5 * n); });
  time_calls<&Kernels::binary>(
      "binary", [](Binary, int64_t n, int64_t period, auto&&...) { return moved(2 * n + period); });
  time_calls<&Kernels::binary_grad>(
      "binary_grad",
      [](Binary, int64_t n, int64_t period, const real* a, const real*, const real*, real* da,
         real* db) { return moved((a ? 2 : 1) * n + (da ? 2 * n : 0) + (db ? period : 0)); });
  time_calls<&Kernels::affine>("affine", [](int64_t n, auto&&...) { return moved(2 * n); });
  time_calls<&Kernels::axpy>("axpy", [](int64_t n, auto&&...) { return moved(3 * n); });
  time_calls<&Kernels::dropout>("dropout", [](int64_t n, auto&&...) { return moved(2 * n); });
  time_calls<&Kernels::dropout_grad>("dropout_grad",
                                     [](int64_t n, auto&&...) { return moved(3 * n); });
  time_calls<&Kernels::copy_block>("copy_block", [](int64_t rows, int64_t columns, auto&&...) {
    return moved(2 * rows * columns);
  });
  time_calls<&Kernels::reduce>("reduce", [](Reduce, int64_t outer, int64_t n, int64_t inner,
                                            auto&&...) { return moved(outer * n * inner); });
  time_calls<&Kernels::reduce_grad>("reduce_grad",
                                    [](Reduce, int64_t outer, int64_t n, int64_t inner, auto&&...) {
                                      return moved(2 * outer * n * inner);
                                    });
}

// Kernels over rows that move each element so often.
template <int times>
struct PerElement {
  template <class... Rest>
  Cost operator()(int64_t rows, int64_t columns, Rest...) const {
    return moved(times * rows * columns);
  }
};

// The same of an optimiser's blocks.
template <int64_t times>
struct PerUpdate {
  template <class... Rest>
  Cost operator()(int64_t count, const UpdateBlock* blocks, Rest...) const {
    int64_t numbers = 0;
    for (int64_t i = 0; i < count; ++i) numbers += blocks[i].size;
    return moved(times * numbers);
  }
};

void time_rows() {
  time_calls<&Kernels::softmax>("softmax", PerElement<2>());
  time_calls<&Kernels::softmax_grad>("softmax_grad", PerElement<3>());
  time_calls<&Kernels::log_softmax>("log_softmax", PerElement<2>());
  time_calls<&Kernels::log_softmax_grad>("log_softmax_grad", PerElement<3>());
  time_calls<&Kernels::layer_norm>("layer_norm", PerElement<2>());
  time_calls<&Kernels::layer_norm_grad>("layer_norm_grad", PerElement<3>());
  time_calls<&Kernels::l2_normalize>("l2_normalize", PerElement<2>());
  time_calls<&Kernels::l2_normalize_grad>("l2_normalize_grad", PerElement<4>());
  time_calls<&Kernels::gather_rows>("gather_rows", PerElement<2>());
  time_calls<&Kernels::scatter_add_rows>("scatter_add_rows", PerElement<3>());
  time_calls<&Kernels::zero_rows>("zero_rows", PerElement<1>());
  time_calls<&Kernels::softmax_cross_entropy>("softmax_cross_entropy", PerElement<2>());
  time_calls<&Kernels::batch_norm>("batch_norm", PerElement<2>());
  time_calls<&Kernels::batch_norm_grad>("batch_norm_grad", PerElement<3>());
}

// The product of each step, of all rows: the profile does not read how many run.
template <int gates>
struct SequenceCost {
  template <class Sequence>
  Cost operator()(const Sequence& s) const {
    return products(s.time * s.batch, gates * s.hidden, s.hidden);
  }
};

void time_steps() {
  time_calls<&Kernels::gru_step>(
      "gru_step", [](const GruStep& s) { return moved(s.batch * s.hidden * (s.saved ? 11 : 8)); });
  time_calls<&Kernels::gru_step_grad>(
      "gru_step_grad", [](const GruStepGrad& s) { return moved(s.batch * s.hidden * 13); });
  time_calls<&Kernels::lstm_step>("lstm_step", [](const LstmStep& s) {
    return moved(s.batch * s.hidden * (s.saved ? 11 : 7));
  });
  time_calls<&Kernels::lstm_step_grad>(
      "lstm_step_grad", [](const LstmStepGrad& s) { return moved(s.batch * s.hidden * 14); });
  if (profile().timed.gru_sequence) {
    time_calls<&Kernels::gru_sequence>("gru_sequence", SequenceCost<3>());
    time_calls<&Kernels::gru_sequence_grad>("gru_sequence_grad", SequenceCost<3>());
    time_calls<&Kernels::lstm_sequence>("lstm_sequence", SequenceCost<4>());
    time_calls<&Kernels::lstm_sequence_grad>("lstm_sequence_grad", SequenceCost<4>());
  }
  time_calls<&Kernels::gradient_norm>("gradient_norm", PerUpdate<1>());
  time_calls<&Kernels::adam>("adam", PerUpdate<7>());
  time_calls<&Kernels::sgd>("sgd", PerUpdate<5>());
}

void print_times() {
  const double all = std::chrono::duration<double>(Clock::now() - profile().start).count();
  std::fprintf(stderr, "%-24s %9s %10s %7s %9s %8s\n", "kernel", "calls", "ms", "share", "GFLOP/s",
               "GB/s");
  double inside = 0;
  for (const KernelTime& t : kernel_times()) {
    inside += t.seconds;
    std::fprintf(stderr, "%-24s %9lld %10.1f %6.1f%% ", t.name.c_str(),
                 static_cast<long long>(t.calls), 1e3 * t.seconds, 100 * t.seconds / all);
    const bool counted = t.flops > 0;
    std::fprintf(stderr, counted ? "%9.1f\n" : "%18.1f\n",
                 (counted ? t.flops : t.bytes) / t.seconds * 1e-9);
  }
  std::fprintf(stderr, "%-24s %9s %10.1f %6.1f%%\n", "outside kernels", "", 1e3 * (all - inside),
               100 * (all - inside) / all);
}

}  // namespace

const Kernels& profiled(const Kernels& table) {
  const char* wanted = std::getenv("P2S_PROFILE");
  if (wanted == nullptr || std::string_view(wanted) != "1") return table;
  Profile& p = profile();
  p.table = &table;
  p.timed = table;
  time_products();
  time_loops();
  time_rows();
  time_steps();
  std::atexit(print_times);
  return p.timed;
}

std::vector<KernelTime> kernel_times() {
  Profile& p = profile();
  const std::lock_guard lock(p.mutex);
  std::vector<KernelTime> times;
  std::copy_if(p.times.begin(), p.times.end(), std::back_inserter(times),
               [](const KernelTime& t) { return t.calls > 0; });
  std::sort(times.begin(), times.end(),
            [](const KernelTime& a, const KernelTime& b) { return a.seconds > b.seconds; });
  return times;
}

void reset_kernel_times() {
  Profile& p = profile();
  const std::lock_guard lock(p.mutex);
  for (KernelTime& t : p.times) t = {t.name};
  p.start = Clock::now();
}

}  // namespace p2s
