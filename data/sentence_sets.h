#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace p2s {

// Sentences, or pairs of them, with what people said about each: what encoders are measured by.
struct SentenceSet {
  enum class Kind {
    classes,      // one sentence, one of several classes
    paraphrases,  // two sentences; 1: the same said in other words
    relatedness   // two sentences, a score from `low` to `high`
  };
  std::string name;
  Kind kind = Kind::classes;
  std::vector<std::string> first, second;  // `second` is empty for Kind::classes
  std::vector<double> answers;             // class from 0, or score
  int64_t classes = 2;
  int64_t low = 0, high = 0;
  // The rows from here on are kept for measuring; all of them, by cross-validation, where it is 0.
  int64_t learned = 0;
  std::string measured_on;  // "test", "dev", "trial", "10-fold"
  int64_t size() const { return int64_t(first.size()); }
};

// The sets that lie in `folder`, each in a sub-folder under the names their makers gave the files:
//   MR/rt-polarity.{pos,neg}  CR/custrev.{pos,neg}  MPQA/mpqa.{pos,neg}
//   SUBJ/quote.tok.gt9.5000 (subjective: 1), plot.tok.gt9.5000
//   TREC/train_5500.label, TREC_10.label             MSRP/msr_paraphrase_{train,test}.txt
//   SICK/SICK_{train,trial,test_annotated}.txt       STSbenchmark/sts-{train,dev,test}.csv
//   SST/stsa.{binary,fine}.{train,dev,test}
// What is measured on is the official test where its file is there, else the development part, else
// the training part by cross-validation. `only` names sets to read, empty: all. Error(usage) for a
// name that there is none of, or when no set is found; Error(format) names file and line.
std::vector<SentenceSet> read_sentence_sets(const std::filesystem::path& folder,
                                            const std::vector<std::string>& only = {});

// "do n't" -> "don't", "it 's" -> "it's", `` and '' -> ": text that was split as the Penn Treebank
// is, as people write it.
std::string join_contractions(const std::string& text);

}  // namespace p2s
