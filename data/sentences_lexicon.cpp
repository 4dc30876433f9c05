#include "data/sentences_lexicon.h"

#include <unordered_set>

#include "data/utf8.h"
#include "data/vocabulary.h"

namespace p2s {
namespace {

using Words = std::unordered_set<std::string_view>;

// With a capital only: "Gen. Grant", but "a gen.".
const Words kTitles = {
    "messrs", "mme",  "mmes", "mlle", "mlles", "madlle", "drs", "prof", "rev",   "revd", "st",
    "ste",    "hon",  "capt", "col",  "gen",   "lieut",  "lt",  "maj",  "sergt", "sgt",  "corp",
    "cpl",    "adm",  "cmdr", "gov",  "supt",  "insp",   "mgr", "mt",   "wm",    "geo",  "chas",
    "jas",    "thos", "robt", "jno",  "benj",  "edw",    "sig", "fr",   "pres",  "dept"};
const Words kTitlesInAnyCase = {"mr", "mrs", "ms", "dr"};

const Words kAbbreviations = {"co",  "inc", "ltd",  "bros", "jr",  "sr",  "jun", "ave", "jan",
                              "feb", "aug", "sept", "oct",  "nov", "dec", "cie", "mss", "esqre"};
const Words kAbbreviationsInAnyCase = {"etc", "esq", "viz", "cf",  "vs",  "ie",   "eg",  "ibid",
                                       "lat", "lbs", "oz",  "cwt", "ult", "inst", "prox"};

const Words kBeforeNumber = {"no",  "nos",  "vol", "vols", "p",   "pp", "chap", "ch",
                             "fig", "figs", "sec", "art",  "ver", "op", "sc",   "cap"};

const Words kElisions = {
    "'em",        "'tis",    "'twas",     "'twere",     "'twill",   "'twould",   "'twouldn't",
    "'twasn't",   "'tisn't", "'tain't",   "'tween",     "'twixt",   "'gainst",   "'neath",
    "'midst",     "'mongst", "'pon",      "'bout",      "'cause",   "'cept",     "'ud",
    "'ull",       "'ll",     "'ve",       "'re",        "'un",      "'uns",      "'im",
    "'isself",    "'imself", "'ere",      "'ave",       "'avin'",   "'aven't",   "'ad",
    "'adn't",     "'ee",     "'e",        "'e's",       "'e'd",     "'e'll",     "'ow",
    "'ouse",      "'ome",    "'ead",      "'eart",      "'ears",    "'eard",     "'arf",
    "'arth",      "'ard",    "'elp",      "'ell",       "'orse",    "'osses",    "'phone",
    "'fore",      "'bus",    "'busses",   "'buses",     "'plane",   "'midships", "'midship",
    "'cello",     "'n'",     "'spose",    "'scuse",     "'nough",   "'nother",   "'nuff",
    "'fraid",     "'til",    "'prentice", "'prentices", "'stead",   "'ood",      "'tother",
    "'t",         "'s",      "'d",        "'m",         "'cos",     "'coz",      "'tend",
    "'specially", "'sides",  "'lowed",    "'gin",       "'twon't",  "'tweren't", "'twon",
    "'ope",       "'and's",  "'eaven",    "'appen",     "'appened", "'undred",   "'ungry",
    "'alf",       "'eads",   "'ands",     "'ullo",      "'ello",    "'ullow",    "'ole",
    "'ot",        "'igh",    "'ospital",  "'ouses",     "'ook",     "'oss",      "'eels",
    "'undreds",   "'arder",  "'earty",    "'eered",     "'alves",   "'eavens",   "'oo's",
    "'oo",        "'anged",  "'ang",      "'andsome",   "'appy",    "'oped",     "'urt"};

const Words kCutShort = {"an",    "o",       "th",  "wi",  "ha",  "a",     "i",   "yo",
                         "t",     "y",       "d",   "n",   "ca",  "tha",   "tho", "fro",
                         "mo",    "po",      "ol",  "wa",  "fa",  "lor",   "mis", "jes",
                         "kep",   "tak",     "mak", "wat", "wot", "hadna", "awa", "mysel",
                         "natur", "creatur", "en",  "on",  "ov"};

const Words kSpeechVerbs = {
    "said",        "says",         "say",         "sez",         "asked",        "asks",
    "cried",       "cries",        "exclaimed",   "exclaims",    "demanded",     "demands",
    "inquired",    "inquires",     "enquired",    "replied",     "replies",      "repeated",
    "repeats",     "shouted",      "shouts",      "answered",    "answers",      "murmured",
    "whispered",   "whispers",     "gasped",      "muttered",    "echoed",       "continued",
    "returned",    "ejaculated",   "roared",      "interrupted", "yelled",       "queried",
    "suggested",   "laughed",      "growled",     "snapped",     "retorted",     "called",
    "calls",       "added",        "quoth",       "screamed",    "remarked",     "observed",
    "sighed",      "rejoined",     "groaned",     "persisted",   "shrieked",     "questioned",
    "began",       "declared",     "responded",   "stammered",   "pursued",      "protested",
    "enquires",    "resumed",      "pleaded",     "sneered",     "commanded",    "snarled",
    "grunted",     "breathed",     "urged",       "interposed",  "insisted",     "ordered",
    "wailed",      "wondered",     "bellowed",    "commented",   "hailed",       "agreed",
    "panted",      "moaned",       "bawled",      "mused",       "chuckled",     "thundered",
    "grumbled",    "drawled",      "reiterated",  "sobbed",      "hissed",       "snorted",
    "howled",      "objected",     "implored",    "exploded",    "assented",     "faltered",
    "barked",      "remonstrated", "rapped",      "sputtered",   "boomed",       "warned",
    "scoffed",     "mumbled",      "interjected", "continues",   "spluttered",   "croaked",
    "squeaked",    "thought",      "explained",   "announced",   "admitted",     "ventured",
    "begged",      "entreated",    "concluded",   "broke",       "burst",        "went",
    "rasped",      "whimpered",    "squealed",    "teased",      "jeered",       "taunted",
    "argued",      "confessed",    "stuttered",   "grated",      "uttered",      "mocked",
    "exulted",     "challenged",   "appealed",    "flashed",     "quavered",     "countered",
    "directed",    "reflected",    "blurted",     "complained",  "shrilled",     "choked",
    "finished",    "swore",        "greeted",     "proceeded",   "sang",         "blazed",
    "whined",      "hazarded",     "lamented",    "screeched",   "expostulated", "articulated",
    "assured",     "prayed",       "coaxed",      "threatened",  "bade",         "cautioned",
    "stormed",     "soothed",      "told",        "ended",       "corrected",    "acknowledged",
    "apologized",  "apologised",   "mouthed",     "prompted",    "reassured",    "recited",
    "recounted",   "stated",       "scolded",     "promised",    "proposed",     "piped",
    "nodded",      "muses",        "grunts",      "hinted",      "intoned",      "instructed",
    "informed",    "reasoned",     "recalled",    "reproached",  "reproved",     "rebuked",
    "volunteered", "vowed",        "wheedled",    "wheezed",     "yelped",       "crowed",
    "crooned",     "cooed"};

const Words kInterjections = {
    "oh",   "ah",    "o",      "alas",    "lo",     "eh",    "ha",    "ho",    "hush", "hark",
    "well", "why",   "yes",    "no",      "nay",    "ay",    "aye",   "come",  "pooh", "pshaw",
    "bah",  "hey",   "hi",     "hullo",   "what",   "fie",   "tut",   "ugh",   "och",  "heigh-ho",
    "ach",  "faith", "hurrah", "heavens", "indeed", "bravo", "hello", "there", "see"};

const Words kHonorifics = {
    "count",      "general",  "president", "miss",      "captain",   "doctor",    "uncle",
    "aunt",       "lord",     "lady",      "prince",    "princess",  "king",      "queen",
    "duke",       "duchess",  "baron",     "baroness",  "countess",  "colonel",   "major",
    "lieutenant", "sergeant", "corporal",  "inspector", "professor", "judge",     "sheriff",
    "marquis",    "earl",     "emperor",   "chevalier", "admiral",   "commander", "governor",
    "bishop",     "father",   "squire",    "sir",       "madame",    "monsieur",  "mademoiselle",
    "senator",    "abbé",     "comte",     "vicomte",
};

}  // namespace

Abbreviation abbreviation(std::string_view lower, bool capital) {
  if (lower.size() > 6) return Abbreviation::none;
  if (kTitlesInAnyCase.contains(lower) || (capital && kTitles.contains(lower))) {
    return Abbreviation::title;
  }
  if (kAbbreviationsInAnyCase.contains(lower) || (capital && kAbbreviations.contains(lower))) {
    return Abbreviation::word;
  }
  return kBeforeNumber.contains(lower) ? Abbreviation::number : Abbreviation::none;
}

bool is_elision(std::string_view lower) { return kElisions.contains(lower); }
bool is_cut_short(std::string_view lower) { return kCutShort.contains(lower); }
bool is_speech_verb(std::string_view lower) { return kSpeechVerbs.contains(lower); }
bool is_title_before_name(std::string_view word, std::string_view next) {
  return starts_with_capital(next) && kHonorifics.contains(lower_case(word));
}
bool is_interjection(std::string_view lower) { return kInterjections.contains(lower); }

}  // namespace p2s
