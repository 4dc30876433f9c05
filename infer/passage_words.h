#pragma once

#include "infer/search.h"
#include "models/passage_decoder.h"

namespace p2s {

// A passage decoder as a search sees it; keeps a reference to the decoder.
class PassageWords : public WordModel {
 public:
  PassageWords(const PassageDecoder& decoder, const PassageCondition& condition)
      : decoder_(decoder), state_(decoder.start(condition)) {}
  int64_t vocabulary() const override { return decoder_.config.vocabulary; }
  std::vector<real> step(const std::vector<int32_t>& previous) override;
  void reorder(const std::vector<int32_t>& rows) override;

 private:
  const PassageDecoder& decoder_;
  PassageDecoder::State state_;
};

}  // namespace p2s
