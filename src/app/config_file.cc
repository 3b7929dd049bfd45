#include "app/config_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>

// The parser without exceptions is not in the shared library: it is compiled here, and only here.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace calve::app {
namespace {

std::optional<std::string> ScalarText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

int LineOf(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

Status Flatten(const toml::table& table, const std::string& file, std::vector<std::string>& path,
               std::vector<FileValue>& out) {
  for (const auto& [key, node] : table) {
    path.emplace_back(key.str());
    FileValue value{path, {}, node.is_array(), LineOf(node)};
    const auto bad = [&] {
      return Err(
          ErrorKind::kInvalidArgument,
          fmt::format("{}:{}: the value of {} must be text, a number, true or false", file, value.line, key.str()));
    };
    if (const toml::table* inner = node.as_table()) {
      CALVE_RETURN_IF_ERROR(Flatten(*inner, file, path, out));
    } else if (const toml::array* array = node.as_array()) {
      for (const toml::node& element : *array) {
        std::optional<std::string> text = ScalarText(element);
        if (!text) return bad();
        value.values.push_back(*std::move(text));
      }
      out.push_back(std::move(value));
    } else {
      std::optional<std::string> text = ScalarText(node);
      if (!text) return bad();
      value.values.push_back(*std::move(text));
      out.push_back(std::move(value));
    }
    path.pop_back();
  }
  return {};
}

}  // namespace

Result<std::vector<FileValue>> ReadConfigFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("the configuration file cannot be read: {}",
                                                        ErrnoError(errno != 0 ? errno : EIO, path).message));
  }
  const toml::parse_result parsed = toml::parse(text.str(), path);
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("{}:{}:{}: not TOML: {}", path, at.line, at.column, parsed.error().description()));
  }
  std::vector<FileValue> values;
  std::vector<std::string> prefix;
  CALVE_RETURN_IF_ERROR(Flatten(parsed.table(), path, prefix, values));
  return values;
}

}  // namespace calve::app
