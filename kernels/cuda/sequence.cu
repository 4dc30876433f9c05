#include <optional>

#include "kernels/cuda/sequence.cuh"

namespace p2s::cuda {
namespace {

// Number (t, row, unit) of states [T,B,H].
template <class Sequence>
__device__ int64_t state(const Sequence& s, int64_t t, int64_t row, int64_t unit) {
  return (t * s.batch + row) * s.hidden + unit;
}

struct GruForward {
  static constexpr int kGates = 3;
  GruSequence s;

  __device__ float first(int64_t row, int64_t unit) const {
    return s.states[state(s, 0, row, unit)];
  }
  __device__ float step(int64_t t, int64_t row, int64_t unit, int64_t place,
                        const Gates<3>& product) const {
    const int64_t at = place * 3 * s.hidden + unit;
    const float h_prev = s.states[state(s, t, row, unit)];
    Gates<3> gates;
    const bool runs = !ended(s.lengths, row, t);
    const float h = runs ? gru_cell({s.gates_x + at, s.hidden}, product, h_prev, gates) : h_prev;
    s.states[state(s, t + 1, row, unit)] = h;
    product.write(s.products + at, s.hidden);
    if (s.saved != nullptr) gates.write(s.saved + at, s.hidden);
    return h;
  }
  __device__ void keep(int64_t t, int64_t row, int64_t unit) const {
    s.states[state(s, t + 1, row, unit)] = s.states[state(s, t, row, unit)];
  }
};

// d_initial is the gradient of h at the step that is reached.
struct GruBackward {
  static constexpr int kGates = 3;
  GruSequenceGrad s;

  __device__ float& dh(int64_t row, int64_t unit) const {
    return s.d_initial[state(s, 0, row, unit)];
  }
  __device__ void begin(int64_t row, int64_t unit) const { dh(row, unit) = 0; }
  __device__ void receive(int64_t t, int64_t row, int64_t unit) const {
    dh(row, unit) += s.d_states[state(s, t, row, unit)];
  }
  __device__ Gates<3> step(int64_t t, int64_t row, int64_t unit, int64_t place) const {
    const int64_t at = place * 3 * s.hidden + unit;
    GruCellGrad d;
    d.dh_prev = dh(row, unit);
    if (!ended(s.lengths, row, t)) {
      d = gru_cell_grad({s.saved + at, s.hidden}, s.products[at + 2 * s.hidden],
                        s.states[state(s, t, row, unit)], dh(row, unit));
    }
    d.into_x.write(s.d_gates_x + at, s.hidden);
    d.into_product.write(s.d_products + at, s.hidden);
    dh(row, unit) = d.dh_prev;
    return d.into_product;
  }
  __device__ void add(int64_t row, int64_t unit, float through_product) const {
    dh(row, unit) += through_product;
  }
};

struct LstmForward {
  static constexpr int kGates = 4;
  LstmSequence s;

  __device__ float first(int64_t row, int64_t unit) const {
    return s.states[state(s, 0, row, unit)];
  }
  __device__ float step(int64_t t, int64_t row, int64_t unit, int64_t place,
                        const Gates<4>& product) const {
    const int64_t at = place * 4 * s.hidden + unit, before = state(s, t, row, unit);
    LstmState after{s.states[before], s.cells[before]};
    Gates<4> sums(s.gates_x + at, s.hidden), gates;
    for (int g = 0; g < 4; ++g) sums.at[g] += product.at[g];
    if (!ended(s.lengths, row, t)) after = lstm_cell(sums, after.c, gates);
    s.states[state(s, t + 1, row, unit)] = after.h;
    s.cells[state(s, t + 1, row, unit)] = after.c;
    gates.write(s.saved + at, s.hidden);
    return after.h;
  }
  __device__ void keep(int64_t t, int64_t row, int64_t unit) const {
    const int64_t before = state(s, t, row, unit), after = state(s, t + 1, row, unit);
    s.states[after] = s.states[before], s.cells[after] = s.cells[before];
  }
};

struct LstmBackward {
  static constexpr int kGates = 4;
  LstmSequenceGrad s;

  __device__ float& dh(int64_t row, int64_t unit) const {
    return s.d_initial_state[state(s, 0, row, unit)];
  }
  __device__ float& dc(int64_t row, int64_t unit) const {
    return s.d_initial_cell[state(s, 0, row, unit)];
  }
  __device__ void begin(int64_t row, int64_t unit) const { dh(row, unit) = dc(row, unit) = 0; }
  __device__ void receive(int64_t t, int64_t row, int64_t unit) const {
    if (s.d_states != nullptr) dh(row, unit) += s.d_states[state(s, t, row, unit)];
    if (s.d_cells != nullptr) dc(row, unit) += s.d_cells[state(s, t, row, unit)];
  }
  __device__ Gates<4> step(int64_t t, int64_t row, int64_t unit, int64_t place) const {
    const int64_t at = place * 4 * s.hidden + unit;
    LstmCellGrad d;
    if (!ended(s.lengths, row, t)) {
      d = lstm_cell_grad({s.saved + at, s.hidden}, s.cells[state(s, t, row, unit)],
                         s.cells[state(s, t + 1, row, unit)], dh(row, unit), dc(row, unit));
      dh(row, unit) = 0, dc(row, unit) = d.dc_prev;
    }
    d.into.write(s.d_gates + at, s.hidden);
    return d.into;
  }
  __device__ void add(int64_t row, int64_t unit, float through_product) const {
    dh(row, unit) += through_product;
  }
};

int64_t tiles_of(int64_t n, int64_t size) { return (n + size - 1) / size; }

struct Plan {
  int units = 0;  // of a block
  Deal deal = {};
  dim3 blocks = {};
  size_t shared_bytes = 0;
};

// With `columns` of each hidden unit in a product of K = depth; none where the weights do not fit
// on the chip.
std::optional<Plan> plan_sequence(int64_t batch, int64_t hidden, int64_t depth, int64_t columns) {
  const int64_t row_tiles = tiles_of(batch, kTileRows);
  std::optional<Plan> best;
  int64_t least = 0;
  for (int units : {8, 16, 24, 32}) {
    Plan plan;
    plan.units = units;
    plan.deal.batch = batch, plan.deal.hidden = hidden, plan.deal.depth = depth;
    const int64_t blocks = tiles_of(hidden, units);
    plan.shared_bytes =
        size_t(plan.deal.weights_bytes(columns * units) + Deal::sums_bytes(columns * units));
    const int64_t room = chip().multiprocessors / blocks;
    if (room == 0 || plan.shared_bytes > chip().shared_bytes) continue;
    plan.deal.row_tiles = tiles_of(row_tiles, std::min(room, row_tiles));
    const int64_t groups = tiles_of(row_tiles, plan.deal.row_tiles);
    plan.blocks = dim3(unsigned(blocks), unsigned(groups));
    plan.deal.parts = kWarps;
    while (plan.deal.parts > 1 && kWarps / plan.deal.parts < plan.deal.row_tiles) {
      plan.deal.parts /= 2;
    }
    // A tile of rows costs its units' products, and as much as 32 units to wait for.
    const int64_t cost = plan.deal.row_tiles * (32 + units);
    if (!best || cost < least) best = plan, least = cost;
  }
  return best;
}

// Runs kernel<kUnits> of the plan.
template <class Cell>
void run(const Plan& plan, const Cell& cell, void (*const (&kernels)[4])(Cell, Deal)) {
  Deal deal = plan.deal;
  const int64_t groups = plan.blocks.y, shown = 2 * groups * deal.row_tiles * kTileRows;
  const int64_t floats = shown * deal.ld_shown() / 2 + groups;
  // Zeros: the numbers between K and ld are multiplied, and nobody has arrived.
  const Scratch memory(size_t(floats) * sizeof(float));
  fill(floats, 0, memory.as<float>());
  deal.shown = memory.as<uint16_t>();
  deal.arrived = memory.as<unsigned>() + (floats - groups);
  launch_together(kernels[plan.units / 8 - 1], plan.blocks, plan.shared_bytes, cell, deal);
}

template <class Sequence>
bool computes(const Sequence& s) {
  return s.precision == Precision::bf16 && s.time > 0 && s.batch > 0 && s.hidden > 0;
}

template <class Cell, class Sequence>
bool forward(const Sequence& s) {
  if (!computes(s)) return false;
  const auto plan = plan_sequence(s.batch, s.hidden, s.hidden, Cell::kGates);
  if (!plan) return false;
  run<Cell>(*plan, {s},
            {forward_sequence<Cell, 8>, forward_sequence<Cell, 16>, forward_sequence<Cell, 24>,
             forward_sequence<Cell, 32>});
  return true;
}

template <class Cell, class Sequence>
bool backward(const Sequence& s) {
  if (!computes(s)) return false;
  const auto plan = plan_sequence(s.batch, s.hidden, Cell::kGates * s.hidden, 1);
  if (!plan) return false;
  run<Cell>(*plan, {s},
            {backward_sequence<Cell, 8>, backward_sequence<Cell, 16>, backward_sequence<Cell, 24>,
             backward_sequence<Cell, 32>});
  return true;
}

}  // namespace

bool gru_sequence(const GruSequence& s) { return forward<GruForward>(s); }
bool gru_sequence_grad(const GruSequenceGrad& s) { return backward<GruBackward>(s); }
bool lstm_sequence(const LstmSequence& s) { return forward<LstmForward>(s); }
bool lstm_sequence_grad(const LstmSequenceGrad& s) { return backward<LstmBackward>(s); }

}  // namespace p2s::cuda
