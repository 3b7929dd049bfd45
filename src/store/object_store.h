// The object store: where sources, data files, metadata and the ledger live. Local disk, memory, S3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace calve::store {

/// One object version.
struct ObjectInfo {
  std::string uri;  ///< As it was asked for, or as List found it.
  uint64_t size_bytes = 0;
  std::string version;  ///< Changes whenever the content does: S3 version id or ETag; local: size, mtime, sample hash.
  int64_t modified_ms =
      0;  ///< Last modification, milliseconds since the epoch; 0 where unknown. For people, not for logic.
};

/// What to open: bytes [offset_bytes, offset_bytes + length_bytes) of a version. The part of that range that lies past
/// the object's end is empty, no error.
struct OpenOptions {
  uint64_t offset_bytes = 0;
  std::optional<uint64_t> length_bytes;  ///< To the end of the object when not given.
  std::optional<std::string>
      if_version;  ///< Fail with kConflict, at Open or at a later Read, when the content is another.
  std::optional<uint64_t> expected_bytes = std::nullopt;  ///< A hint: how much of the range will be read, about. A
                                                          ///< store that reads ahead does not go further unasked.
};

/// Bytes in order. Not thread-safe. Destroying it releases the connection or descriptor.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills at most `buffer.size()` bytes, at least one unless at the end; 0 is the end of the range.
  /// kConflict when the object was replaced while it was read (if_version given); kUnavailable may be retried by
  /// opening again at the offset reached.
  virtual Result<size_t> Read(std::span<std::byte> buffer) = 0;
  /// The size of the whole object, in bytes.
  virtual uint64_t object_size_bytes() const = 0;
};

/// One level of a listing.
struct Children {
  std::vector<ObjectInfo> objects;    ///< Sorted by URI, version left empty.
  std::vector<std::string> prefixes;  ///< What goes on below, each ending in '/', sorted.
};

enum class PutMode {
  kOverwrite,
  kIfAbsent,  ///< Atomic: exactly one of any number of concurrent writers wins, the others get kAlreadyExists.
};

/// URIs: `file:///absolute/path` or a plain path (local), `memory://...`, `s3://bucket/key`.
/// Every method is thread-safe. A Put is atomic: a reader sees the whole object or none, also after a crash.
/// After kUnavailable from Put/PutFile the object may or may not be there. kAlreadyExists is never said of what the
/// same call has written itself.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  /// kNotFound when there is no such object (a directory is not an object: kInvalidArgument, saying so).
  virtual Result<ObjectInfo> Head(std::string_view uri) = 0;
  virtual Result<std::unique_ptr<ByteStream>> Open(std::string_view uri, const OpenOptions& options) = 0;
  virtual Status Put(std::string_view uri, std::string_view data, PutMode mode) = 0;
  /// Publishes the local file `path` as `uri`; the file is consumed (moved or uploaded and removed) on success.
  virtual Status PutFile(std::string_view uri, const std::string& path, PutMode mode) = 0;
  /// All objects whose URI starts with `prefix` followed by anything ("dir/" lists recursively), sorted by URI,
  /// with version left empty. An absent prefix is an empty list. Half-written Puts are never listed.
  virtual Result<std::vector<ObjectInfo>> List(std::string_view prefix) = 0;
  /// As List, but does not go past the next '/' behind `prefix`: what lies there is summed up in `prefixes`. So a glob
  /// pattern does not walk whole trees. By default made from List; stores that can do it cheaply do.
  virtual Result<Children> ListChildren(std::string_view prefix);
  /// Deletes; what is not there is no error.
  virtual Status Delete(std::span<const std::string> uris) = 0;
};

/// The whole object as a string. kCorrupt when it is longer than `max_bytes`.
Result<std::string> ReadAll(ObjectStore& store, std::string_view uri, uint64_t max_bytes = uint64_t{1} << 30U);

}  // namespace calve::store
