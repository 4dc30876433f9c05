#include "data/sentence_sets.h"

#include <doctest/doctest.h>

#include "nn/base/files.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

struct Sets {
  TemporaryFolder folder;
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    write_atomically(folder / name, text);
  }
  SentenceSet only(const std::string& name) const {
    const auto sets = read_sentence_sets(folder.path(), {name});
    REQUIRE(sets.size() == 1);
    CHECK(sets[0].name == name);
    return sets[0];
  }
};

using Answers = std::vector<double>;
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("sentence sets: one file a class, split at \\n only, blank lines left out") {
  const Sets sets;
  sets.write("MR/rt-polarity.pos", "fine\x85\xA0really\n\n good \n");
  sets.write("MR/rt-polarity.neg", "bad\n");
  const SentenceSet set = sets.only("MR");
  CHECK(set.first == Texts{"fine\x85\xA0really", " good ", "bad"});
  CHECK(set.answers == Answers{1, 1, 0});
  CHECK(set.learned == 0);
  CHECK(set.measured_on == "10-fold");
}

TEST_CASE("sentence sets: the test is measured on where it is there, else the development part") {
  const Sets sets;
  const std::string titles = "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment\n";
  sets.write("SICK/SICK_train.txt", titles + "1\tA dog\tA cat\t3.6\tNEUTRAL\n");
  CHECK(sets.only("SICK").measured_on == "10-fold");
  sets.write("SICK/SICK_trial.txt", titles + "4\tA boy\tA man\t4.5\tNEUTRAL\n");
  SentenceSet set = sets.only("SICK");
  CHECK(set.measured_on == "trial");
  CHECK(set.learned == 1);
  CHECK(set.first == Texts{"A dog", "A boy"});
  CHECK(set.second == Texts{"A cat", "A man"});
  CHECK(set.answers == Answers{3.6, 4.5});
  CHECK((set.low == 1 && set.high == 5));
  sets.write("SICK/SICK_test_annotated.txt", titles + "9\tRain\tSun\t1\tNEUTRAL\r\n");
  set = sets.only("SICK");
  CHECK(set.measured_on == "test");
  CHECK(set.answers == Answers{3.6, 1});
  sets.write("STSbenchmark/sts-train.csv", "main\tMSRvid\t2012\t0001\t5.000\tA \"plane\"\tA jet\n");
  sets.write("STSbenchmark/sts-dev.csv", "main\tx\t2012\t2\t0.2\tA man\tA dog\tsource\n");
  CHECK(sets.only("STS").second == Texts{"A jet", "A dog"});
  CHECK(read_sentence_sets(sets.folder.path()).size() == 2);
}

TEST_CASE("sentence sets: TREC's coarse classes, SST's numbers, MSRP's columns") {
  const Sets sets;
  sets.write("TREC/train_5500.label", "DESC:manner How ?\nNUM:date When was it ?\n");
  CHECK(sets.only("TREC").answers == Answers{1, 5});
  CHECK(sets.only("TREC").first[1] == "When was it ?");
  sets.write("SST/stsa.fine.train", "4 fun\n0 dull\n");
  sets.write("SST/stsa.fine.dev", "2 so so\n");
  CHECK(sets.only("SST-5").answers == Answers{4, 0, 2});
  sets.write("MSRP/msr_paraphrase_train.txt",
             "\xEF\xBB\xBFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n"
             "1\t7\t8\tHe said \"no\".\tHe refused.\r\n");
  CHECK(sets.only("MSRP").second == Texts{"He refused."});
}

TEST_CASE("sentence sets: what is wrong is named with file and line") {
  const Sets sets;
  const auto refused = [&](const std::string& name, const std::string& file,
                           const std::string& text) {
    sets.write(file, text);
    return thrown_message(ErrorCode::format, [&] { sets.only(name); });
  };
  CHECK(contains(refused("TREC", "TREC/train_5500.label", "NUM:x How many ?\nHow ?\n"),
                 "train_5500.label:2: begins with none of"));
  CHECK(contains(refused("SST-5", "SST/stsa.fine.train", "7 good\n"), "\"7\" is no score from 0"));
  CHECK(contains(refused("SICK", "SICK/SICK_train.txt", "titles\n1\tA dog\tA cat\n"),
                 "SICK_train.txt:2: 3 fields"));
  CHECK(contains(refused("SICK", "SICK/SICK_train.txt", "t\n1\tA\tB\thigh\tx\n"), "\"high\""));
  const auto usage = [&](const std::vector<std::string>& only, const fs::path& folder) {
    return thrown_message(ErrorCode::usage, [&] { read_sentence_sets(folder, only); });
  };
  CHECK(contains(usage({"MRI"}, sets.folder.path()), "there is no set \"MRI\""));
  CHECK(contains(usage({}, sets.folder / "none"), "none of the folders"));
}

TEST_CASE("sentence sets: contractions that were split are joined") {
  CHECK(join_contractions("i do n't think it 's `` fine '' .") ==
        "i don't think it's \" fine \" .");
  CHECK(join_contractions("it does n 't work ,  they 'll say") == "it doesn't work , they'll say");
  CHECK(join_contractions("") == "");
}
