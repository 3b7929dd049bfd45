#include "avro/schema.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace calve::avro {
namespace {

constexpr int kMaxSchemaDepth = 64;

constexpr std::array<std::pair<std::string_view, Kind>, 8> kPrimitives{{{"null", Kind::kNull},
                                                                        {"boolean", Kind::kBoolean},
                                                                        {"int", Kind::kInt},
                                                                        {"long", Kind::kLong},
                                                                        {"float", Kind::kFloat},
                                                                        {"double", Kind::kDouble},
                                                                        {"bytes", Kind::kBytes},
                                                                        {"string", Kind::kString}}};

std::unexpected<Error> Bad(std::string_view message) {
  return Err(ErrorKind::kCorrupt, "Avro schema: " + std::string(message));
}

}  // namespace

std::string_view KindName(Kind kind) {
  for (const auto& [name, primitive] : kPrimitives) {
    if (primitive == kind) return name;
  }
  switch (kind) {
    case Kind::kFixed:
      return "fixed";
    case Kind::kEnum:
      return "enum";
    case Kind::kArray:
      return "array";
    case Kind::kMap:
      return "map";
    case Kind::kRecord:
      return "record";
    default:
      return "union";
  }
}

/// Builds the nodes of one schema; names are visible from where they are defined on.
class SchemaParser {
 public:
  explicit SchemaParser(ParsedSchema& schema) : schema_(schema) {}

  Result<const Node*> Parse(const Json& json, const std::string& ns, int depth) {
    if (depth > kMaxSchemaDepth) return Bad("nested too deeply");
    if (json.is_string()) return ParseName(json.get<std::string>(), ns);
    if (json.is_array()) return ParseUnion(json, ns, depth);
    if (!json.is_object()) return Bad("a type must be a name, a list or an object");
    const auto type = json.find("type");
    if (type == json.end()) return Bad("an object without \"type\"");
    if (!type->is_string()) return Parse(*type, ns, depth + 1);
    const std::string name = type->get<std::string>();
    if (name == "record" || name == "error") return ParseRecord(json, ns, depth);
    if (name == "enum") return ParseEnum(json, ns);
    if (name == "fixed") return ParseFixed(json, ns);
    if (name == "array" || name == "map") return ParseContainer(json, name == "array", ns, depth);
    return ParseName(name, ns);
  }

 private:
  Node& NewNode(Kind kind) {
    schema_.nodes_.emplace_back();
    schema_.nodes_.back().kind = kind;
    return schema_.nodes_.back();
  }

  Result<const Node*> ParseName(const std::string& name, const std::string& ns) {
    for (const auto& [text, kind] : kPrimitives) {
      if (text == name) return &NewNode(kind);
    }
    if (name.find('.') == std::string::npos && !ns.empty()) {
      if (const auto it = names_.find(ns + "." + name); it != names_.end()) return it->second;
    }
    if (const auto it = names_.find(name); it != names_.end()) return it->second;
    return Bad("unknown type \"" + name + "\"");
  }

  Result<const Node*> ParseUnion(const Json& json, const std::string& ns, int depth) {
    Node& node = NewNode(Kind::kUnion);
    for (const Json& branch : json) {
      CALVE_ASSIGN_OR_RETURN(const Node* parsed, Parse(branch, ns, depth + 1));
      if (parsed->kind == Kind::kUnion) return Bad("a union directly inside a union");
      node.branches.push_back(parsed);
    }
    if (node.branches.empty()) return Bad("a union without branches");
    return &node;
  }

  /// Makes a named node and registers its full name; `*inner_ns` becomes the namespace its children live in.
  Result<Node*> ParseNamed(const Json& json, Kind kind, const std::string& ns, std::string* inner_ns) {
    CALVE_ASSIGN_OR_RETURN(const std::string name, JsonGet<std::string>(json, "name"));
    CALVE_ASSIGN_OR_RETURN(const std::optional<std::string> own_ns, JsonFind<std::string>(json, "namespace"));
    std::string full = name;
    if (name.find('.') == std::string::npos) {
      const std::string& space = own_ns ? *own_ns : ns;
      if (!space.empty()) full = space + "." + name;
    }
    const size_t dot = full.rfind('.');
    *inner_ns = dot == std::string::npos ? "" : full.substr(0, dot);
    Node& node = NewNode(kind);
    node.name = full;
    if (!names_.emplace(full, &node).second) return Bad("\"" + full + "\" is defined twice");
    return &node;
  }

  Result<const Node*> ParseRecord(const Json& json, const std::string& ns, int depth) {
    std::string inner;
    CALVE_ASSIGN_OR_RETURN(Node * node, ParseNamed(json, Kind::kRecord, ns, &inner));
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array()) return Bad("record \"" + node->name + "\" without fields");
    for (const Json& field : *fields) {
      CALVE_ASSIGN_OR_RETURN(std::string name, JsonGet<std::string>(field, "name"));
      const auto type = field.find("type");
      if (type == field.end()) return Bad("field \"" + name + "\" without a type");
      CALVE_ASSIGN_OR_RETURN(const Node* parsed, Parse(*type, inner, depth + 1));
      node->fields.push_back({std::move(name), parsed});
    }
    return node;
  }

  Result<const Node*> ParseEnum(const Json& json, const std::string& ns) {
    std::string inner;
    CALVE_ASSIGN_OR_RETURN(Node * node, ParseNamed(json, Kind::kEnum, ns, &inner));
    const auto symbols = json.find("symbols");
    if (symbols == json.end() || !symbols->is_array()) return Bad("enum \"" + node->name + "\" without symbols");
    for (const Json& symbol : *symbols) {
      if (!symbol.is_string()) return Bad("enum \"" + node->name + "\" with a symbol that is not a string");
      node->symbols.push_back(symbol.get<std::string>());
    }
    return node;
  }

  Result<const Node*> ParseFixed(const Json& json, const std::string& ns) {
    std::string inner;
    CALVE_ASSIGN_OR_RETURN(Node * node, ParseNamed(json, Kind::kFixed, ns, &inner));
    CALVE_ASSIGN_OR_RETURN(const int64_t size, JsonGet<int64_t>(json, "size"));
    if (size < 0) return Bad("fixed \"" + node->name + "\" with a negative size");
    node->size_bytes = static_cast<uint64_t>(size);
    return node;
  }

  Result<const Node*> ParseContainer(const Json& json, bool is_array, const std::string& ns, int depth) {
    const auto items = json.find(is_array ? "items" : "values");
    if (items == json.end()) return Bad(is_array ? "an array without \"items\"" : "a map without \"values\"");
    CALVE_ASSIGN_OR_RETURN(const Node* parsed, Parse(*items, ns, depth + 1));
    Node& node = NewNode(is_array ? Kind::kArray : Kind::kMap);
    node.items = parsed;
    return &node;
  }

  ParsedSchema& schema_;
  std::map<std::string, const Node*> names_;
};

Result<std::unique_ptr<ParsedSchema>> ParsedSchema::Parse(const Json& json) {
  std::unique_ptr<ParsedSchema> schema(new ParsedSchema());
  CALVE_ASSIGN_OR_RETURN(schema->root_, SchemaParser(*schema).Parse(json, "", 0));
  return schema;
}

size_t JsonNesting(std::string_view text) {
  size_t depth = 0;
  size_t deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace calve::avro
