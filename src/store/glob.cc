#include "store/glob.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/local_path.h"
#include "store/uri.h"

namespace calve::store {
namespace {

constexpr std::string_view kMeta = "*?[";

// The first UTF-8 character of `text` (not empty), as bytes; a stray byte is a character of its own.
std::string_view FirstChar(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  size_t n = 1;
  while (n < length && n < text.size() && (static_cast<unsigned char>(text[n]) & 0xC0U) == 0x80U) ++n;
  return text.substr(0, n);
}

// A bracket expression at the start of a pattern.
struct Bracket {
  std::string_view body;  // Between '[' or '[!' and ']'.
  bool negated = false;
  size_t length = 0;  // The whole of it in the pattern; 0: nothing closes it.
};

Bracket ParseBracket(std::string_view pattern) {
  Bracket bracket;
  size_t begin = 1;
  if (begin < pattern.size() && (pattern[begin] == '!' || pattern[begin] == '^')) {
    bracket.negated = true;
    ++begin;
  }
  const size_t close = pattern.find(']', begin + 1);  // A ']' that comes first is a member.
  if (begin >= pattern.size() || close == std::string_view::npos) return {};
  bracket.body = pattern.substr(begin, close - begin);
  bracket.length = close + 1;
  return bracket;
}

// Characters of equal length compare as bytes in code point order, and longer ones are higher: that is UTF-8's design.
bool NotAfter(std::string_view a, std::string_view b) { return a.size() != b.size() ? a.size() < b.size() : a <= b; }

bool BracketMatches(const Bracket& bracket, std::string_view c) {
  std::string_view body = bracket.body;
  bool found = false;
  while (!body.empty() && !found) {
    const std::string_view low = FirstChar(body);
    body.remove_prefix(low.size());
    if (body.size() >= 2 && body.front() == '-') {
      const std::string_view high = FirstChar(body.substr(1));
      body.remove_prefix(1 + high.size());
      found = NotAfter(low, c) && NotAfter(c, high);
    } else {
      found = low == c;
    }
  }
  return found != bracket.negated;
}

bool MatchHere(std::string_view pattern, std::string_view text) {
  // The last star seen: where its pattern goes on, and where in the text it was tried last. One star of memory is
  // enough, so the time is at most |pattern| * |text|.
  std::string_view star_pattern;
  std::string_view star_text;
  bool star = false;
  for (;;) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      star = true;
      star_pattern = pattern;
      star_text = text;
      continue;
    }
    if (text.empty() && pattern.empty()) return true;
    if (!text.empty() && !pattern.empty()) {
      const std::string_view c = FirstChar(text);
      const Bracket bracket = pattern.front() == '[' ? ParseBracket(pattern) : Bracket{};
      const std::string_view p = FirstChar(pattern);
      const bool matches = bracket.length > 0 ? BracketMatches(bracket, c) : p == "?" || p == c;
      if (matches) {
        pattern.remove_prefix(bracket.length > 0 ? bracket.length : p.size());
        text.remove_prefix(c.size());
        continue;
      }
    }
    if (!star || star_text.empty()) return false;
    star_text.remove_prefix(FirstChar(star_text).size());
    text = star_text;
    pattern = star_pattern;
  }
}

// Where the first segment begins: behind `scheme://host/` or `file:/`; 0 for plain paths.
size_t RootLength(std::string_view uri) {
  const size_t authority = uri.find("://");
  const std::string scheme = UriScheme(uri);
  if (authority == scheme.size()) {
    const size_t slash = uri.find('/', authority + 3);
    return slash == std::string_view::npos ? uri.size() : slash + 1;
  }
  // `file:/p`: a plain path may begin with "file" too, but only the URI has the colon and a slash behind it.
  return scheme == "file" && uri.size() > 5 && uri.substr(4, 2) == ":/" ? 6 : 0;
}

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> segments;
  for (;;) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool MatchSegments(std::span<const std::string_view> patterns, std::span<const std::string_view> segments) {
  if (patterns.empty()) return segments.empty();
  if (patterns.front() == "**") {
    if (MatchSegments(patterns.subspan(1), segments)) return true;
    return segments.size() > 1 && !segments.front().starts_with('.') && MatchSegments(patterns, segments.subspan(1));
  }
  return !segments.empty() && GlobMatch(patterns.front(), segments.front()) &&
         MatchSegments(patterns.subspan(1), segments.subspan(1));
}

class Expansion {
 public:
  Expansion(ObjectStore& store, std::vector<std::string>& out) : store_(store), out_(out) {}

  // `base` is literal and ends in '/' (or is empty); `patterns` are the segments still to match below it.
  Status Below(const std::string& base, std::span<const std::string_view> patterns) {
    const std::string_view pattern = patterns.front();
    if (pattern == "**") return Deep(base, patterns);
    const bool last = patterns.size() == 1;
    if (!last && !IsGlobPattern(pattern)) return Below(fmt::format("{}{}/", base, pattern), patterns.subspan(1));
    const std::string literal(pattern.substr(0, pattern.find_first_of(kMeta)));
    CALVE_ASSIGN_OR_RETURN(const Children children, store_.ListChildren(base + literal));
    if (last) {
      for (const ObjectInfo& object : children.objects) {
        if (GlobMatch(pattern, std::string_view(object.uri).substr(base.size()))) out_.push_back(object.uri);
      }
      return {};
    }
    for (const std::string& prefix : children.prefixes) {
      const std::string_view name = std::string_view(prefix).substr(base.size());
      if (!GlobMatch(pattern, name.substr(0, name.size() - 1))) continue;
      CALVE_RETURN_IF_ERROR(Below(prefix, patterns.subspan(1)));
    }
    return {};
  }

 private:
  Status Deep(const std::string& base, std::span<const std::string_view> patterns) {
    // A trailing `**` is every object below.
    std::vector<std::string_view> with_name(patterns.begin(), patterns.end());
    if (with_name.back() == "**") with_name.emplace_back("*");
    CALVE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, store_.List(base));
    for (const ObjectInfo& object : objects) {
      if (MatchSegments(with_name, Split(std::string_view(object.uri).substr(base.size())))) out_.push_back(object.uri);
    }
    return {};
  }

  ObjectStore& store_;
  std::vector<std::string>& out_;
};

void SortUnique(std::vector<std::string>& uris) {
  std::ranges::sort(uris);
  const auto tail = std::ranges::unique(uris);
  uris.erase(tail.begin(), tail.end());
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view segment) {
  if (segment.starts_with('.') && !pattern.starts_with('.')) return false;
  return MatchHere(pattern, segment);
}

bool IsGlobPattern(std::string_view uri) { return uri.find_first_of(kMeta) != std::string_view::npos; }

Result<std::vector<std::string>> ExpandGlob(ObjectStore& store, std::string_view pattern) {
  if (!IsGlobPattern(pattern)) return std::vector<std::string>{std::string(pattern)};
  const Result<ObjectInfo> literal = store.Head(pattern);
  if (literal) return std::vector<std::string>{std::string(pattern)};
  const ErrorKind why = literal.error().kind;
  if (why != ErrorKind::kNotFound && why != ErrorKind::kInvalidArgument) return std::unexpected(literal.error());

  const size_t root = RootLength(pattern);
  std::vector<std::string> found;
  CALVE_RETURN_IF_ERROR(
      Expansion(store, found).Below(std::string(pattern.substr(0, root)), Split(pattern.substr(root))));
  // E.g. a directory of that very name: more telling than "no match".
  if (found.empty() && why == ErrorKind::kInvalidArgument) return std::unexpected(literal.error());
  if (found.empty()) return Err(ErrorKind::kNotFound, fmt::format("no file matches {}", pattern));
  SortUnique(found);
  return found;
}

Result<std::vector<std::string>> ExpandSources(ObjectStore& store, std::span<const std::string> patterns) {
  std::vector<std::string> sources;
  for (const std::string& pattern : patterns) {
    CALVE_ASSIGN_OR_RETURN(std::vector<std::string> uris, ExpandGlob(store, pattern));
    for (std::string& uri : uris) {
      if (UriScheme(uri) == "file") {
        CALVE_ASSIGN_OR_RETURN(uri, CanonicalFileUri(uri));
      }
      sources.push_back(std::move(uri));
    }
  }
  SortUnique(sources);
  return sources;
}

}  // namespace calve::store
