#include "store/object_store.h"

namespace calve::store {

Result<Children> ObjectStore::ListChildren(std::string_view prefix) {
  CALVE_ASSIGN_OR_RETURN(std::vector<ObjectInfo> all, List(prefix));
  Children children;
  for (ObjectInfo& object : all) {
    const size_t slash = object.uri.find('/', prefix.size());
    if (slash == std::string::npos) {
      children.objects.push_back(std::move(object));
      continue;
    }
    std::string child = object.uri.substr(0, slash + 1);
    if (children.prefixes.empty() || children.prefixes.back() != child) children.prefixes.push_back(std::move(child));
  }
  return children;
}

Result<std::string> ReadAll(ObjectStore& store, std::string_view uri, uint64_t max_bytes) {
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> stream, store.Open(uri, {}));
  if (stream->object_size_bytes() > max_bytes) {
    return Err(ErrorKind::kCorrupt, std::string(uri) + " is larger than expected (" +
                                        std::to_string(stream->object_size_bytes()) + " bytes)");
  }
  std::string data(stream->object_size_bytes(), '\0');
  size_t filled = 0;
  while (filled < data.size()) {
    CALVE_ASSIGN_OR_RETURN(const size_t n, stream->Read(std::as_writable_bytes(std::span(data).subspan(filled))));
    if (n == 0) break;
    filled += n;
  }
  data.resize(filled);
  return data;
}

}  // namespace calve::store
