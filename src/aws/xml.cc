#include "aws/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <pugixml.hpp>
#include <utility>

namespace calve::aws {
namespace {

std::string_view LocalName(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.rfind(':') + 1);  // npos + 1 is 0.
}

bool IsElement(const pugi::xml_node& node, std::string_view name) {
  return node.type() == pugi::node_element && LocalName(node) == name;
}

/// Where the first NUL is: pugixml's strings end there, and a key would be read as a shorter one.
size_t FindNul(std::string_view xml) {
  const size_t raw = xml.find('\0');
  for (size_t at = xml.find("&#"); at != std::string_view::npos; at = xml.find("&#", at + 2)) {
    size_t digit = at + 2;
    if (digit < xml.size() && xml[digit] == 'x') ++digit;
    const size_t end = std::min(xml.find_first_not_of('0', digit), xml.size());
    if (end > digit && end < xml.size() && xml[end] == ';') return std::min(raw, at);
  }
  return raw;
}

}  // namespace

std::string_view XmlElement::name() const { return LocalName(pugi::xml_node(node_)); }

std::optional<XmlElement> XmlElement::Child(std::string_view name) const {
  for (const pugi::xml_node& child : pugi::xml_node(node_)) {
    if (IsElement(child, name)) return XmlElement(child.internal_object());
  }
  return std::nullopt;
}

std::vector<XmlElement> XmlElement::Children(std::string_view name) const {
  std::vector<XmlElement> found;
  for (const pugi::xml_node& child : pugi::xml_node(node_)) {
    if (IsElement(child, name)) found.push_back(XmlElement(child.internal_object()));
  }
  return found;
}

std::optional<XmlElement> XmlElement::Find(std::string_view name) const {
  // Not recursive, whatever the depth.
  const pugi::xml_node found =
      pugi::xml_node(node_).find_node([name](const pugi::xml_node& node) { return IsElement(node, name); });
  if (!found) return std::nullopt;
  return XmlElement(found.internal_object());
}

std::string XmlElement::Text() const {
  std::string text;
  for (const pugi::xml_node& child : pugi::xml_node(node_)) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
  }
  return text;
}

std::string XmlElement::TextOf(std::string_view name) const {
  const std::optional<XmlElement> child = Child(name);
  return child ? child->Text() : std::string();
}

XmlDocument::XmlDocument(std::unique_ptr<pugi::xml_document> document) : document_(std::move(document)) {}
XmlDocument::XmlDocument(XmlDocument&&) noexcept = default;
XmlDocument& XmlDocument::operator=(XmlDocument&&) noexcept = default;
XmlDocument::~XmlDocument() = default;

Result<XmlDocument> XmlDocument::Parse(std::string_view xml) {
  if (const size_t nul = FindNul(xml); nul != std::string_view::npos) {
    return Err(ErrorKind::kBadData, fmt::format("no XML: a NUL at byte {}", nul));
  }
  const size_t blanks = std::min(xml.find_first_not_of(" \t\r\n"), xml.size());
  xml.remove_prefix(blanks);
  auto document = std::make_unique<pugi::xml_document>();
  // Blanks are kept: a prefix may be made of them.
  const pugi::xml_parse_result parsed =
      document->load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  if (!parsed) {
    return Err(ErrorKind::kBadData, fmt::format("no XML: {} at byte {}", parsed.description(),
                                                static_cast<uint64_t>(parsed.offset) + blanks));
  }
  const auto is_element = [](const pugi::xml_node& node) { return node.type() == pugi::node_element; };
  const auto roots = std::ranges::count_if(document->begin(), document->end(), is_element);
  if (roots != 1) return Err(ErrorKind::kBadData, fmt::format("no XML: {} root elements", roots));
  return XmlDocument(std::move(document));
}

XmlElement XmlDocument::root() const { return XmlElement(document_->document_element().internal_object()); }

std::string XmlEscape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&apos;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(escaped), "&#{};", static_cast<int>(c));
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

}  // namespace calve::aws
