#include "data/sentence_sets.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "nn/base/error.h"
#include "nn/base/files.h"

namespace p2s {
namespace {

// MR and SUBJ hold bytes that other readers take for line ends: only \n is one.
std::vector<std::string> lines_of(const fs::path& path) {
  std::string text = read_file(path);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

bool blank(const std::string& line) { return line.find_first_not_of(" \t") == line.npos; }

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(separator, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

// One line of a file, for messages.
struct Place {
  const fs::path& path;
  size_t line;
  std::string text() const { return fmt::format("{}:{}", path.string(), line + 1); }
};

double score_of(const std::string& text, double low, double high, const Place& place) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size() && value >= low && value <= high,
        ErrorCode::format, "{}: \"{}\" is no score from {} to {}", place.text(), text.substr(0, 40),
        low, high);
  return value;
}

void add(SentenceSet& set, std::string sentence, double answer) {
  set.first.push_back(std::move(sentence));
  set.answers.push_back(answer);
}

// Lines of one class; blank ones are left out.
void add_class(SentenceSet& set, const fs::path& path, double answer) {
  for (std::string& line : lines_of(path)) {
    if (!blank(line)) add(set, std::move(line), answer);
  }
}

// "DESC:manner How did serfdom ... ?": the coarse class stands before the colon.
void add_trec(SentenceSet& set, const fs::path& path) {
  static const std::vector<std::string> names = {"ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"};
  const std::vector<std::string> lines = lines_of(path);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (blank(lines[i])) continue;
    const size_t gap = lines[i].find(' ');
    const auto name = std::find(names.begin(), names.end(), lines[i].substr(0, lines[i].find(':')));
    check(name != names.end() && gap != std::string::npos, ErrorCode::format,
          "{}: begins with none of {}", Place{path, i}.text(), fmt::join(names, ", "));
    add(set, lines[i].substr(gap + 1), double(name - names.begin()));
  }
}

// "3 a sentence"
void add_sst(SentenceSet& set, const fs::path& path) {
  const std::vector<std::string> lines = lines_of(path);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (blank(lines[i])) continue;
    const size_t gap = std::min(lines[i].find(' '), lines[i].size() - 1);
    const double answer =
        score_of(lines[i].substr(0, gap), 0, double(set.classes - 1), Place{path, i});
    add(set, lines[i].substr(gap + 1), answer);
  }
}

// Lines of fields between tabs, a line of titles first if `titles`.
struct PairColumns {
  size_t answer, first, second;
  bool titles;
};

void add_pairs(SentenceSet& set, const fs::path& path, const PairColumns& columns) {
  const bool graded = set.kind == SentenceSet::Kind::relatedness;
  const size_t least = std::max({columns.answer, columns.first, columns.second}) + 1;
  const std::vector<std::string> lines = lines_of(path);
  for (size_t i = columns.titles ? 1 : 0; i < lines.size(); ++i) {
    if (blank(lines[i])) continue;
    const std::vector<std::string> fields = split(lines[i], '\t');
    const Place place{path, i};
    check(fields.size() >= least, ErrorCode::format, "{}: {} fields between tabs, {} are needed",
          place.text(), fields.size(), least);
    add(set, fields[columns.first],
        score_of(fields[columns.answer], graded ? double(set.low) : 0,
                 graded ? double(set.high) : 1, place));
    set.second.push_back(fields[columns.second]);
  }
}

using Reader = std::function<void(SentenceSet&, const fs::path&)>;

// Training part, then the first of the held-out parts that is there.
struct HeldOut {
  const char* file;
  const char* name;
};
void read_parts(SentenceSet& set, const fs::path& training, const std::vector<HeldOut>& held_out,
                const Reader& read) {
  read(set, training);
  for (const HeldOut& part : held_out) {
    const fs::path path = training.parent_path() / part.file;
    if (!fs::exists(path)) continue;
    set.learned = set.size();
    set.measured_on = part.name;
    return read(set, path);
  }
}

SentenceSet two_files(const char* name, const fs::path& yes, const fs::path& no) {
  SentenceSet set;
  set.name = name;
  add_class(set, yes, 1);
  add_class(set, no, 0);
  return set;
}

SentenceSet read_trec(const fs::path& folder) {
  SentenceSet set;
  set.name = "TREC", set.classes = 6;
  read_parts(set, folder / "train_5500.label", {{"TREC_10.label", "test"}}, add_trec);
  return set;
}

SentenceSet read_msrp(const fs::path& folder) {
  SentenceSet set;
  set.name = "MSRP", set.kind = SentenceSet::Kind::paraphrases;
  read_parts(set, folder / "msr_paraphrase_train.txt", {{"msr_paraphrase_test.txt", "test"}},
             [](SentenceSet& s, const fs::path& p) {
               add_pairs(s, p, {0, 3, 4, true});
             });
  return set;
}

SentenceSet read_sick(const fs::path& folder) {
  SentenceSet set;
  set.name = "SICK", set.kind = SentenceSet::Kind::relatedness, set.low = 1, set.high = 5;
  read_parts(set, folder / "SICK_train.txt",
             {{"SICK_test_annotated.txt", "test"}, {"SICK_trial.txt", "trial"}},
             [](SentenceSet& s, const fs::path& p) {
               add_pairs(s, p, {3, 1, 2, true});
             });
  return set;
}

SentenceSet read_sts(const fs::path& folder) {
  SentenceSet set;
  set.name = "STS", set.kind = SentenceSet::Kind::relatedness, set.low = 0, set.high = 5;
  read_parts(set, folder / "sts-train.csv", {{"sts-test.csv", "test"}, {"sts-dev.csv", "dev"}},
             [](SentenceSet& s, const fs::path& p) {
               add_pairs(s, p, {4, 5, 6, false});
             });
  return set;
}

SentenceSet read_sst(const fs::path& folder, const char* name, int64_t classes,
                     const std::string& kind) {
  SentenceSet set;
  set.name = name, set.classes = classes;
  const std::string test = "stsa." + kind + ".test", dev = "stsa." + kind + ".dev";
  read_parts(set, folder / ("stsa." + kind + ".train"),
             {{test.c_str(), "test"}, {dev.c_str(), "dev"}}, add_sst);
  return set;
}

struct Source {
  const char *name, *folder;
  std::function<SentenceSet(const fs::path&)> read;
};

const std::vector<Source>& sources() {
  static const std::vector<Source> all = {
      {"SICK", "SICK", read_sick},
      {"MSRP", "MSRP", read_msrp},
      {"MR", "MR",
       [](const fs::path& f) {
         return two_files("MR", f / "rt-polarity.pos", f / "rt-polarity.neg");
       }},
      {"CR", "CR",
       [](const fs::path& f) { return two_files("CR", f / "custrev.pos", f / "custrev.neg"); }},
      {"SUBJ", "SUBJ",
       [](const fs::path& f) {
         return two_files("SUBJ", f / "quote.tok.gt9.5000", f / "plot.tok.gt9.5000");
       }},
      {"MPQA", "MPQA",
       [](const fs::path& f) { return two_files("MPQA", f / "mpqa.pos", f / "mpqa.neg"); }},
      {"TREC", "TREC", read_trec},
      {"STS", "STSbenchmark", read_sts},
      {"SST-2", "SST", [](const fs::path& f) { return read_sst(f, "SST-2", 2, "binary"); }},
      {"SST-5", "SST", [](const fs::path& f) { return read_sst(f, "SST-5", 5, "fine"); }},
  };
  return all;
}

std::vector<std::string> source_names() {
  std::vector<std::string> names;
  for (const Source& source : sources()) names.emplace_back(source.name);
  return names;
}

}  // namespace

std::vector<SentenceSet> read_sentence_sets(const fs::path& folder,
                                            const std::vector<std::string>& only) {
  const std::vector<std::string> names = source_names();
  for (const std::string& name : only) {
    check(std::find(names.begin(), names.end(), name) != names.end(), ErrorCode::usage,
          "there is no set \"{}\"; there are: {}", name, fmt::join(names, ", "));
  }
  std::vector<SentenceSet> sets;
  for (const Source& source : sources()) {
    const bool wanted =
        only.empty() || std::find(only.begin(), only.end(), source.name) != only.end();
    if (!wanted || !fs::is_directory(folder / source.folder)) continue;
    sets.push_back(source.read(folder / source.folder));
    check(sets.back().size() > 0, ErrorCode::format, "{}: no sentence in it",
          (folder / source.folder).string());
    if (sets.back().learned == 0) sets.back().measured_on = "10-fold";
  }
  check(!sets.empty(), ErrorCode::usage, "{}: none of the folders {} lies in it", folder.string(),
        fmt::join(only.empty() ? names : only, ", "));
  return sets;
}

std::string join_contractions(const std::string& text) {
  static const std::set<std::string> tails = {"n't", "'s", "'re", "'ve", "'ll", "'d", "'m", "'t"};
  std::string joined;
  for (std::string word : split(text, ' ')) {
    if (word.empty()) continue;
    if (word == "``" || word == "''") word = "\"";
    // CR writes "do n 't": its n belongs to the tail.
    if (word == "'t" && joined.ends_with(" n")) joined.erase(joined.size() - 2, 1);
    const bool glue = tails.contains(word) && !joined.empty();
    if (!joined.empty() && !glue) joined += ' ';
    joined += word;
  }
  return joined;
}

}  // namespace p2s
