// The little XML that AWS answers with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calve::aws {

/// The inside of the first element `name` in `xml`, at any depth, as it stands there (entities and elements unread);
/// nullopt when there is none. Names are taken without namespace prefixes, as AWS writes them; elements of one name do
/// not nest in AWS's answers.
std::optional<std::string_view> XmlInside(std::string_view xml, std::string_view name);

/// The insides of all of them, in order.
std::vector<std::string_view> XmlInsides(std::string_view xml, std::string_view name);

/// Character data with its entities (the five named ones, &#N; and &#xN; as UTF-8) resolved.
std::string XmlUnescape(std::string_view text);

/// The unescaped text of the first element `name`; empty when there is none.
std::string XmlText(std::string_view xml, std::string_view name);

/// Text fit to stand between tags: & < > " ' as entities, control characters as &#N; (a carriage return would
/// otherwise be read back as a line feed).
std::string XmlEscape(std::string_view text);

}  // namespace calve::aws
