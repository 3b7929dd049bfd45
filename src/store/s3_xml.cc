#include "store/s3_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <pugixml.hpp>

#include "store/s3_encoding.h"

namespace calve::store {
namespace {

std::string Text(const pugi::xml_node& node, const char* child) { return node.child_value(child); }

S3ErrorText ReadError(const pugi::xml_node& node) { return {Text(node, "Code"), Text(node, "Message")}; }

/// The root element, named `name` (or one of the errors that come with a 200, when `or_error`).
Result<pugi::xml_node> Load(pugi::xml_document& document, std::string_view xml, std::string_view name,
                            bool or_error = false) {
  // A slow answer begins with blanks that keep the connection open.
  xml.remove_prefix(std::min(xml.find_first_not_of(" \t\r\n"), xml.size()));
  const pugi::xml_parse_result parsed =
      document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  if (!parsed) {
    return Err(ErrorKind::kUnavailable,
               fmt::format("the server's answer is no {}: {} at byte {}", name, parsed.description(), parsed.offset));
  }
  const pugi::xml_node root = document.document_element();
  if (root.name() != name && !(or_error && std::string_view(root.name()) == "Error")) {
    return Err(ErrorKind::kUnavailable, fmt::format("the server's answer is a {}, not a {}", root.name(), name));
  }
  return root;
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

Result<S3ListPage> ParseListPage(std::string_view xml) {
  pugi::xml_document document;
  CALVE_ASSIGN_OR_RETURN(const pugi::xml_node root, Load(document, xml, "ListBucketResult"));
  // A server that does not know encoding-type does not echo it, and sends names as they are.
  const bool encoded = Text(root, "EncodingType") == "url";
  const auto name = [&](const pugi::xml_node& node, const char* child) {
    return encoded ? DecodeListed(node.child_value(child)) : Text(node, child);
  };
  S3ListPage page;
  for (const pugi::xml_node& node : root.children("Contents")) {
    const std::optional<uint64_t> size = ParseNumber(node.child_value("Size"));
    if (!size) {
      return Err(ErrorKind::kUnavailable, fmt::format("the server lists '{}' without a size", name(node, "Key")));
    }
    page.objects.push_back({name(node, "Key"), *size, ParseListedTimeMs(node.child_value("LastModified"))});
  }
  for (const pugi::xml_node& node : root.children("CommonPrefixes")) page.prefixes.push_back(name(node, "Prefix"));
  if (Text(root, "IsTruncated") == "true") {
    page.next = Text(root, "NextContinuationToken");
    if (page.next.empty()) return Err(ErrorKind::kUnavailable, "the server's list goes on, but it does not say where");
  }
  return page;
}

Result<std::string> ParseUploadId(std::string_view xml) {
  pugi::xml_document document;
  CALVE_ASSIGN_OR_RETURN(const pugi::xml_node root, Load(document, xml, "InitiateMultipartUploadResult"));
  std::string id = Text(root, "UploadId");
  if (id.empty()) return Err(ErrorKind::kUnavailable, "the server started an upload without an id");
  return id;
}

Result<std::vector<S3DeleteFailure>> ParseDeleteResult(std::string_view xml) {
  pugi::xml_document document;
  CALVE_ASSIGN_OR_RETURN(const pugi::xml_node root, Load(document, xml, "DeleteResult"));
  std::vector<S3DeleteFailure> failures;
  for (const pugi::xml_node& node : root.children("Error")) failures.push_back({Text(node, "Key"), ReadError(node)});
  return failures;
}

Result<S3ErrorText> ParseCompleteResult(std::string_view xml) {
  pugi::xml_document document;
  CALVE_ASSIGN_OR_RETURN(const pugi::xml_node root, Load(document, xml, "CompleteMultipartUploadResult", true));
  if (std::string_view(root.name()) != "Error") return S3ErrorText{};
  S3ErrorText error = ReadError(root);
  if (error.code.empty()) error.code = "InternalError";
  return error;
}

std::string DeleteBody(std::span<const std::string> keys) {
  std::string xml = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>";
  for (const std::string& key : keys) {
    fmt::format_to(std::back_inserter(xml), "<Object><Key>{}</Key></Object>", Escaped(key));
  }
  return xml + "</Delete>";
}

std::string CompleteBody(std::span<const S3UploadedPart> parts) {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const S3UploadedPart& part : parts) {
    fmt::format_to(std::back_inserter(xml), "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>", part.number,
                   Escaped(part.etag));
    if (!part.crc32.empty()) fmt::format_to(std::back_inserter(xml), "<ChecksumCRC32>{}</ChecksumCRC32>", part.crc32);
    xml += "</Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

}  // namespace calve::store
