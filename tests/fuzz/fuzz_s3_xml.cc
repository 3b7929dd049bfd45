// Any bytes as each of S3's answers: never a crash, an error says that the server is to be asked again, and the names
// of a list go back to S3 as the same names.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "aws/xml.h"
#include "store/s3_xml.h"

namespace calve::store {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

template <typename T>
bool Read(const Result<T>& result) {
  if (result) return true;
  Require(result.error().kind == ErrorKind::kUnavailable && !result.error().message.empty());
  return false;
}

/// What stands in the body of a request is read by the server as what was meant.
void CheckDeletion(const std::vector<std::string>& keys) {
  const auto body = aws::XmlDocument::Parse(DeleteBody(keys));
  Require(body.has_value());
  const auto objects = body->root().Children("Object");
  Require(objects.size() == keys.size());
  for (size_t i = 0; i < keys.size(); ++i) Require(objects[i].TextOf("Key") == keys[i]);
}

void Run(std::string_view xml) {
  const auto page = ParseListPage(xml);
  if (Read(page)) {
    std::vector<std::string> keys;
    for (const S3ListedObject& object : page->objects) {
      if (object.key.find('\0') == std::string::npos) keys.push_back(object.key);  // A NUL may come in as %00.
    }
    CheckDeletion(keys);
  }
  const auto upload = ParseUploadId(xml);
  if (Read(upload)) Require(!upload->empty() && upload->find('\0') == std::string::npos);
  const auto deleted = ParseDeleteResult(xml);
  if (Read(deleted)) {
    std::vector<std::string> keys;
    for (const S3DeleteFailure& failure : *deleted) keys.push_back(failure.key);
    CheckDeletion(keys);
  }
  (void)Read(ParseCompleteResult(xml));
}

}  // namespace
}  // namespace calve::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  calve::store::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
