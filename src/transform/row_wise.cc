#include "transform/row_wise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace calve::transform {
namespace {

constexpr std::string_view kScan = "CALVE_CHUNK";  ///< ChunkSource::kFunction, as plans have it.
using Names = std::initializer_list<std::string_view>;

bool IsOneOf(std::string_view name, Names names) { return std::ranges::find(names, name) != names.end(); }

std::string Text(const Json& node, const char* key) {
  const auto it = node.find(key);
  if (it == node.end() || !it->is_string()) return "";
  std::string text = it->get<std::string>();
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

const Json& Children(const Json& node) {
  static const Json kNone = Json::array();
  const auto it = node.find("children");
  return it != node.end() && it->is_array() ? *it : kNone;
}

/// A CTE's rows may be the chunk's, and so may be those that DuckDB knows to be none.
bool ReadsChunk(const Json& node) {
  if (IsOneOf(Text(node, "name"), {kScan, "CTE_SCAN", "DELIM_SCAN", "EMPTY_RESULT"})) return true;
  return std::ranges::any_of(Children(node), ReadsChunk);
}

std::string InWords(const std::string& name) {
  if (name.find("GROUP_BY") != std::string::npos || name.find("AGGREGATE") != std::string::npos) {
    return "it aggregates (GROUP BY, DISTINCT, or a function such as sum)";
  }
  if (name.find("WINDOW") != std::string::npos)
    return "it has a window function (OVER, QUALIFY) or a correlated subquery";
  if (name.find("DELIM_JOIN") != std::string::npos) return "it has a correlated subquery";
  if (name.find("SAMPLE") != std::string::npos) return "it takes a sample";
  if (name.find("LIMIT") != std::string::npos || name == "TOP_N") return "it has a LIMIT or OFFSET";
  if (IsOneOf(name, {"UNION", "EXCEPT", "INTERSECT"})) return "it has UNION, EXCEPT or INTERSECT";
  return fmt::format("it is not known to take rows one by one (DuckDB's plan of it has {})", name);
}

/// A join keeps each row of the chunk by itself when the other side is the same for all of them, and when no row of
/// that side comes out for not having met one.
std::optional<std::string> WhyNotJoin(const Json& node) {
  const Json& sides = Children(node);
  if (sides.size() != 2) return InWords(Text(node, "name"));
  if (ReadsChunk(sides[0]) && ReadsChunk(sides[1])) return "it joins chunk with itself";
  const auto info = node.find("extra_info");
  const std::string type = info != node.end() ? Text(*info, "Join Type") : "";
  const bool left = ReadsChunk(sides[0]);
  const bool keeps = Text(node, "name") == "CROSS_PRODUCT" || type == "INNER" ||
                     IsOneOf(type, left ? Names{"LEFT", "SEMI", "ANTI", "MARK", "SINGLE"}
                                        : Names{"RIGHT", "RIGHT_SEMI", "RIGHT_ANTI"});
  if (keeps) return std::nullopt;
  return fmt::format("its {} join gives rows for what is not in chunk", type.empty() ? "" : type);
}

std::optional<std::string> WhyNot(const Json& node) {
  if (!ReadsChunk(node)) return std::nullopt;  // The same for every row.
  const std::string name = Text(node, "name");
  if (IsOneOf(name, {"CROSS_PRODUCT", "HASH_JOIN", "NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN", "PIECEWISE_MERGE_JOIN",
                     "IE_JOIN"})) {
    if (auto why = WhyNotJoin(node)) return why;
  } else if (!IsOneOf(name, {kScan, "PROJECTION", "FILTER", "UNNEST", "ORDER_BY", "CTE", "CTE_SCAN", "EMPTY_RESULT"})) {
    return InWords(name);
  }
  for (const Json& child : Children(node)) {
    if (auto why = WhyNot(child)) return why;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> WhyNotRowWise(const Json& plan) {
  if (!plan.is_array() || plan.empty()) return "DuckDB gives no plan of it";
  for (const Json& root : plan) {
    if (auto why = WhyNot(root)) return why;
  }
  return std::nullopt;
}

}  // namespace calve::transform
