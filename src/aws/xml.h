// The XML that AWS answers with, read by pugixml.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace pugi {
class xml_document;
struct xml_node_struct;
}  // namespace pugi

namespace calve::aws {

/// An element of an XmlDocument, which must outlive it. Names are compared without namespace prefixes.
class XmlElement {
 public:
  std::string_view name() const;
  /// The first child of that name.
  std::optional<XmlElement> Child(std::string_view name) const;
  /// All children of that name, in their order.
  std::vector<XmlElement> Children(std::string_view name) const;
  /// The first element of that name below this one, at any depth, in the document's order.
  std::optional<XmlElement> Find(std::string_view name) const;
  /// The character data that stands directly in it: entities resolved, CDATA as it is, comments left out.
  std::string Text() const;
  /// The text of the first child of that name; empty when there is none.
  std::string TextOf(std::string_view name) const;

 private:
  friend class XmlDocument;
  explicit XmlElement(pugi::xml_node_struct* node) : node_(node) {}
  pugi::xml_node_struct* node_;
};

/// A whole document. Immutable, so thread-safe.
class XmlDocument {
 public:
  /// Blanks may lead. kBadData, with the byte, when it is not well-formed, is cut off, has not exactly one root
  /// element, or holds a NUL, raw or as a reference (no XML may). DTDs are skipped: entities of their own stay as they
  /// stand.
  static Result<XmlDocument> Parse(std::string_view xml);
  XmlDocument(XmlDocument&&) noexcept;
  XmlDocument& operator=(XmlDocument&&) noexcept;
  ~XmlDocument();

  XmlElement root() const;

 private:
  explicit XmlDocument(std::unique_ptr<pugi::xml_document> document);
  std::unique_ptr<pugi::xml_document> document_;
};

/// Text fit to stand between tags: & < > " ' as entities, control characters as &#N; (a carriage return would
/// otherwise be read back as a line feed).
std::string XmlEscape(std::string_view text);

}  // namespace calve::aws
