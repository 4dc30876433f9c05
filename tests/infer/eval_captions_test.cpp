#include "infer/eval_captions.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "infer/eval_cli.h"
#include "nn/base/files.h"
#include "tests/captured_log.h"
#include "tests/temporary_folder.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

struct Files {
  TemporaryFolder folder;
  fs::path references = folder / "references.json", candidates = folder / "results.json";
  explicit Files(const std::string& results) {
    write_atomically(references, R"({"annotations":[
        {"image_id":1,"caption":"A cat sits on a mat."},{"image_id":1,"caption":"The cat is here"},
        {"image_id":2,"caption":"Two dogs run."}]})");
    write_atomically(candidates, results);
  }
  std::string eval(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"captions", "--references", references.string(),
                                          "--candidates", candidates.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::ostringstream out;
    run_p2s_eval(arguments, out);
    return out.str();
  }
};

}  // namespace

TEST_CASE("p2s-eval captions: a table, or one JSON object") {
  const Files files(R"([{"image_id":1,"caption":"a cat sits on a mat"},
                        {"image_id":2,"caption":"Two dogs run!"}])");
  const std::string table = files.eval();
  CHECK(contains(table, "BLEU-4             1.0000"));
  CHECK(contains(table, "2 captions, 2 different"));
  const auto json = nlohmann::json::parse(files.eval({"--json"}));
  CHECK(json["bleu_1"] == doctest::Approx(1));
  CHECK(json["rouge_l"] == doctest::Approx(1));
  CHECK(json["meteor"] == doctest::Approx(1));
  CHECK(json["captions"] == 2);
}

TEST_CASE("p2s-eval captions: images left out are counted, wrong ones named") {
  const Files one(R"([{"image_id":"2","caption":"dogs"}])");
  CapturedLog log;
  CHECK(contains(one.eval(), "1 captions"));
  CHECK(contains(log.text(), "1 of the 2 images"));
  const auto refusal = [](const std::string& results) {
    const Files files(results);
    return thrown_message(ErrorCode::usage, [&] { files.eval(); });
  };
  CHECK(contains(refusal(R"([{"image_id":3,"caption":"a"}])"), "image 3 has no caption in"));
  CHECK(contains(refusal(R"([{"image_id":1,"caption":"a"},{"image_id":1,"caption":"b"}])"),
                 "image 1 stands twice"));
}

TEST_CASE("p2s-eval: names its commands") {
  std::ostringstream out;
  run_p2s_eval({"--help"}, out);
  CHECK(contains(out.str(), "captions"));
  CHECK(contains(out.str(), "stories"));
  CHECK(contains(
      thrown_message(ErrorCode::usage, [&] { run_p2s_eval({"storys"}, out); }),
      "unknown command \"storys\"; commands: captions, perplexity, sentences, stories, vse"));
}
