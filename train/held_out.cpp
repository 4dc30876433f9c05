#include "train/held_out.h"

#include <algorithm>
#include <cmath>

#include "data/batcher.h"

namespace p2s {

std::vector<std::vector<int64_t>> held_out_batches(std::vector<int32_t> lengths, int64_t batch,
                                                   int64_t batches) {
  constexpr uint64_t kSeed = 0;  // whatever the run's seed, so that runs can be compared
  BucketedBatches all(std::move(lengths), batch, kSeed);
  std::vector<std::vector<int64_t>> chosen;
  for (int64_t i = 0; i < std::min(batches, all.batches_per_epoch()); ++i) {
    chosen.push_back(all.next());
  }
  return chosen;
}

Validation perplexity(Device device, size_t batches,
                      const std::function<StepLoss(Tape&, size_t)>& loss_of) {
  double sum = 0, words = 0;
  for (size_t i = 0; i < batches; ++i) {
    Tape tape(device);
    const StepLoss batch = loss_of(tape, i);
    sum += double(batch.loss.value.item()) * batch.items;
    words += batch.items;
  }
  const double loss = sum / words;
  return {{{"loss", loss}, {"perplexity", std::exp(loss)}}, loss};
}

}  // namespace p2s
