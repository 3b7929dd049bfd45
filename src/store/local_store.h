// The object store on local disk.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "store/object_store.h"

namespace calve::store {

/// Objects are regular files, named by `file:` URIs or plain paths (store/local_path.h). Several processes may use the
/// same directories at once. See local_file.h for what a version is; an edit that keeps the size, falls into the same
/// tick of the file system's clock (some milliseconds) and misses the samples is not seen.
/// A crash leaves at most a file named `.calve-tmp-...`, which List never shows and nothing ever reads.
class LocalStore final : public ObjectStore {
 public:
  struct Options {
    bool sync = true;  ///< fsync files and directories, so that a Put that returned survives a power cut.
  };
  LocalStore() : LocalStore(Options{}, SystemRng()) {}
  LocalStore(Options options, Rng& rng) : options_(options), rng_(rng) {}

  Result<ObjectInfo> Head(std::string_view uri) override;
  /// The stream reads with pread and compares size and mtime with those at Open after each read (if_version given);
  /// a file replaced or removed under it is kConflict too, though the old content could still be read.
  Result<std::unique_ptr<ByteStream>> Open(std::string_view uri, const OpenOptions& options) override;
  Status Put(std::string_view uri, std::string_view data, PutMode mode) override;
  /// Renames when `path` is on the same file system, else copies.
  Status PutFile(std::string_view uri, const std::string& path, PutMode mode) override;
  Result<std::vector<ObjectInfo>> List(std::string_view prefix) override;
  Result<Children> ListChildren(std::string_view prefix) override;
  Status Delete(std::span<const std::string> uris) override;

 private:
  Options options_;
  Rng& rng_;
};

}  // namespace calve::store
