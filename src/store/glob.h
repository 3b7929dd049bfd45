// Glob patterns over an object store.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/object_store.h"

namespace calve::store {

/// Whether one path segment matches one pattern segment: `*` any run of characters, `?` one UTF-8 character, `[abc]`,
/// `[a-z]`, `[!a-z]` one of (none of) these; a `[` that nothing closes stands for itself. A leading dot is matched by a
/// dot only, as in a shell.
bool GlobMatch(std::string_view pattern, std::string_view segment);

/// True when `uri` has a character that means something in a pattern.
bool IsGlobPattern(std::string_view uri);

/// The objects that `pattern` stands for, sorted by URI. `/` separates segments; a segment `**` is any number of them
/// (none included; hidden directories not). Scheme and host are taken literally.
///  - Without a pattern character the name is returned as it is; whether it exists shows when it is opened.
///  - A name with pattern characters that exists as an object is that object, whatever the pattern would match.
///  - Nothing found is kNotFound, naming the pattern.
Result<std::vector<std::string>> ExpandGlob(ObjectStore& store, std::string_view pattern);

/// All that `patterns` stand for; local names as CanonicalFileUri, so that two spellings of a file are one source;
/// sorted, each once.
Result<std::vector<std::string>> ExpandSources(ObjectStore& store, std::span<const std::string> patterns);

}  // namespace calve::store
