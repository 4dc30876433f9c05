#include "infer/cli.h"

#include "data/tokenizer.h"
#include "infer/pack_location.h"
#include "infer/story_output.h"
#include "infer/text_writer.h"
#include "nn/base/error.h"

namespace p2s {
namespace {

// Photographs, squashed at once: however many there are, they take little memory.
std::vector<Image> read_photos(const std::vector<std::filesystem::path>& paths, int64_t size) {
  std::vector<Image> photos;
  for (const auto& path : paths) {
    photos.push_back(squash(read_image(path), size));
  }
  return photos;
}

std::vector<std::string> spellings(const Vocabulary& vocabulary, const std::vector<int32_t>& ids) {
  std::vector<std::string> tokens;
  for (int32_t id : ids) tokens.push_back(vocabulary.spelling(id));
  return tokens;
}

// Tells one story and writes it as text.
void write_text(const Storyteller& teller, const PhotoContent& content,
                const GenerateOptions& options, std::ostream& out, bool live) {
  TextWriter writer(out, detokenize);
  const auto show = [&](const std::vector<int32_t>& ids) {
    writer.update(spellings(teller.vocabulary(), ids));
  };
  const Story story = teller.tell(content, options.story, live ? OnWord(show) : OnWord());
  writer.finish(story.text);
  if (options.explain) out << '\n' << story_explanation(story, options.story);
}

void list_genres(const std::filesystem::path& pack, std::ostream& out) {
  for (const std::string& genre : read_pack_genres(pack)) out << genre << '\n';
}

void tell_all(const GenerateOptions& options, const std::filesystem::path& pack, std::ostream& out,
              bool live) {
  const Device device = start_computing(options.compute);
  Timings start;
  StageClock clock(start);
  const Storyteller teller(read_pack(pack, device, options.story.precision));
  clock.done("pack");
  const std::vector<Image> photos = read_photos(options.photos, teller.input());
  clock.done("photo");
  teller.genre_mix(options.story.genre);  // an unknown one is refused before the long work
  for (size_t i = 0; i < photos.size(); ++i) {
    PhotoContent content = teller.look(photos[i], options.story.captions, options.story.told);
    content.timings.insert(content.timings.begin(), start.begin(), start.end());
    start.clear();
    if (options.json) {
      out << story_json(teller.tell(content, options.story), options.photos[i]) << '\n';
      continue;
    }
    if (photos.size() > 1) {
      out << (i > 0 ? "\n" : "") << options.photos[i].string() << ":\n";
    }
    write_text(teller, content, options, out, live);
  }
}

}  // namespace

void generate(const GenerateOptions& options, std::ostream& out, bool live) {
  const std::filesystem::path pack =
      options.pack.empty() ? default_pack(this_program()) : options.pack;
  if (options.list_genres) {
    list_genres(pack, out);
  } else {
    tell_all(options, pack, out, live);
  }
  check(out.flush().good(), ErrorCode::io,
        "standard output: could not be written; is the disk full?");
}

}  // namespace p2s
