#include "store/s3_xml.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>

#include "aws/xml.h"
#include "base/whole_number.h"
#include "store/s3_encoding.h"

namespace calve::store {
namespace {

using aws::XmlDocument;
using aws::XmlElement;

S3ErrorText ReadError(const XmlElement& element) { return {element.TextOf("Code"), element.TextOf("Message")}; }

/// A document whose root is named `name` (or is one of the errors that come with a 200, when `or_error`).
Result<XmlDocument> Load(std::string_view xml, std::string_view name, bool or_error = false) {
  Result<XmlDocument> document = XmlDocument::Parse(xml);
  if (!document) {
    return Err(ErrorKind::kUnavailable,
               fmt::format("the server's answer is no {}: {}", name, document.error().message));
  }
  const std::string_view root = document->root().name();
  if (root != name && !(or_error && root == "Error")) {
    return Err(ErrorKind::kUnavailable, fmt::format("the server's answer is a {}, not a {}", root, name));
  }
  return document;
}

}  // namespace

Result<S3ListPage> ParseListPage(std::string_view xml) {
  CALVE_ASSIGN_OR_RETURN(const XmlDocument document, Load(xml, "ListBucketResult"));
  const XmlElement root = document.root();
  // A server that does not know encoding-type does not echo it, and sends names as they are.
  const bool encoded = root.TextOf("EncodingType") == "url";
  const auto name = [&](const XmlElement& element, std::string_view child) {
    std::string text = element.TextOf(child);
    return encoded ? DecodeListed(text) : text;
  };
  S3ListPage page;
  for (const XmlElement& listed : root.Children("Contents")) {
    const std::optional<uint64_t> size = WholeNumber<uint64_t>(listed.TextOf("Size"));
    if (!size) {
      return Err(ErrorKind::kUnavailable, fmt::format("the server lists '{}' without a size", name(listed, "Key")));
    }
    page.objects.push_back({name(listed, "Key"), *size, ParseListedTimeMs(listed.TextOf("LastModified"))});
  }
  for (const XmlElement& prefix : root.Children("CommonPrefixes")) page.prefixes.push_back(name(prefix, "Prefix"));
  if (root.TextOf("IsTruncated") == "true") {
    page.next = root.TextOf("NextContinuationToken");
    if (page.next.empty()) return Err(ErrorKind::kUnavailable, "the server's list goes on, but it does not say where");
  }
  return page;
}

Result<std::string> ParseUploadId(std::string_view xml) {
  CALVE_ASSIGN_OR_RETURN(const XmlDocument document, Load(xml, "InitiateMultipartUploadResult"));
  std::string id = document.root().TextOf("UploadId");
  if (id.empty()) return Err(ErrorKind::kUnavailable, "the server started an upload without an id");
  return id;
}

Result<std::vector<S3DeleteFailure>> ParseDeleteResult(std::string_view xml) {
  CALVE_ASSIGN_OR_RETURN(const XmlDocument document, Load(xml, "DeleteResult"));
  std::vector<S3DeleteFailure> failures;
  for (const XmlElement& error : document.root().Children("Error")) {
    failures.push_back({error.TextOf("Key"), ReadError(error)});
  }
  return failures;
}

Result<S3ErrorText> ParseCompleteResult(std::string_view xml) {
  CALVE_ASSIGN_OR_RETURN(const XmlDocument document, Load(xml, "CompleteMultipartUploadResult", true));
  if (document.root().name() != "Error") return S3ErrorText{};
  S3ErrorText error = ReadError(document.root());
  if (error.code.empty()) error.code = "InternalError";
  return error;
}

std::string DeleteBody(std::span<const std::string> keys) {
  std::string xml = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>";
  for (const std::string& key : keys) {
    fmt::format_to(std::back_inserter(xml), "<Object><Key>{}</Key></Object>", aws::XmlEscape(key));
  }
  return xml + "</Delete>";
}

std::string CompleteBody(std::span<const S3UploadedPart> parts) {
  std::string xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const S3UploadedPart& part : parts) {
    fmt::format_to(std::back_inserter(xml), "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag>", part.number,
                   aws::XmlEscape(part.etag));
    if (!part.crc32.empty()) fmt::format_to(std::back_inserter(xml), "<ChecksumCRC32>{}</ChecksumCRC32>", part.crc32);
    xml += "</Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

}  // namespace calve::store
