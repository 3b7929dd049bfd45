// An object store whose calls fail by plan; fault_plan.h describes the method.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "fakes/fault_plan.h"
#include "store/object_store.h"

namespace calve::store {

/// Calls counted: each method, and each Read of a stream. A Read is never done twice: that would skip bytes, which no
/// transport does. A PutFile done twice uploads the same content twice.
class FaultyStore final : public ObjectStore {
 public:
  FaultyStore(ObjectStore& inner, FaultInjector& faults) : inner_(inner), faults_(faults) {}

  int calls() const { return faults_.calls(); }

  Result<ObjectInfo> Head(std::string_view uri) override {
    return faults_.Run(fmt::format("Head {}", uri), [&] { return inner_.Head(uri); });
  }

  Result<std::unique_ptr<ByteStream>> Open(std::string_view uri, const OpenOptions& options) override {
    return faults_.Run(fmt::format("Open {}", uri), [&]() -> Result<std::unique_ptr<ByteStream>> {
      CALVE_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> stream, inner_.Open(uri, options));
      return std::make_unique<FaultyStream>(std::move(stream), faults_, fmt::format("Read {}", uri));
    });
  }

  Status Put(std::string_view uri, std::string_view data, PutMode mode) override {
    return faults_.Run(fmt::format("Put {}", uri), [&] { return inner_.Put(uri, data, mode); });
  }

  Status PutFile(std::string_view uri, const std::string& path, PutMode mode) override {
    // The first PutFile consumes the file, so a copy is kept for a second. On a failure the contract leaves the file
    // with the caller, whatever happened before: the copy goes back.
    const std::string copy = path + ".again";
    std::error_code ignored;
    std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing, ignored);
    Status status = faults_.Run(fmt::format("PutFile {}", uri), [&] {
      if (!std::filesystem::exists(path, ignored)) std::filesystem::copy_file(copy, path, ignored);
      return inner_.PutFile(uri, path, mode);
    });
    if (!status && !std::filesystem::exists(path, ignored)) std::filesystem::copy_file(copy, path, ignored);
    std::filesystem::remove(copy, ignored);
    return status;
  }

  Result<std::vector<ObjectInfo>> List(std::string_view prefix) override {
    return faults_.Run(fmt::format("List {}", prefix), [&] { return inner_.List(prefix); });
  }

  Result<Children> ListChildren(std::string_view prefix) override {
    return faults_.Run(fmt::format("ListChildren {}", prefix), [&] { return inner_.ListChildren(prefix); });
  }

  Status Delete(std::span<const std::string> uris) override {
    return faults_.Run(fmt::format("Delete {}", uris.empty() ? "" : uris.front()), [&] { return inner_.Delete(uris); });
  }

 private:
  class FaultyStream final : public ByteStream {
   public:
    FaultyStream(std::unique_ptr<ByteStream> inner, FaultInjector& faults, std::string what)
        : inner_(std::move(inner)), faults_(faults), what_(std::move(what)) {}
    Result<size_t> Read(std::span<std::byte> buffer) override {
      std::optional<Result<size_t>> answer;
      return faults_.Run(what_, [&] {
        if (!answer) answer = inner_->Read(buffer);
        return *answer;
      });
    }
    uint64_t object_size_bytes() const override { return inner_->object_size_bytes(); }

   private:
    std::unique_ptr<ByteStream> inner_;
    FaultInjector& faults_;
    std::string what_;
  };

  ObjectStore& inner_;
  FaultInjector& faults_;
};

}  // namespace calve::store
