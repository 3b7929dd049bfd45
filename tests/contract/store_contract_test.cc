#include "contract/store_contract.h"

#include <filesystem>

#include "store/local_path.h"
#include "store/local_store.h"
#include "store/memory_store.h"
#include "store/router_store.h"
#include "store/s3_env_test.h"

namespace calve::store {
namespace {

class LocalEnv final : public StoreEnv {
 public:
  explicit LocalEnv(std::string prefix) : prefix_(std::move(prefix)) {}
  ObjectStore& store() override { return store_; }
  std::string Uri(std::string_view name) override { return prefix_ + (dir_ / name); }

 private:
  TempDir dir_;
  std::string prefix_;
  LocalStore store_{{.sync = false}, SystemRng()};  // Thousands of fsyncs would prove nothing here.
};

class MemoryEnv final : public StoreEnv {
 public:
  ObjectStore& store() override { return store_; }
  std::string Uri(std::string_view name) override { return "memory://bucket/" + std::string(name); }

 private:
  MemoryStore store_;
};

class RouterEnv final : public StoreEnv {
 public:
  RouterEnv() {
    store_.Register({"memory"}, std::make_unique<MemoryStore>());
    store_.Register({"file"}, std::make_unique<LocalStore>());
  }
  ObjectStore& store() override { return store_; }
  std::string Uri(std::string_view name) override { return "memory://routed/" + std::string(name); }

 private:
  RouterStore store_;
};

class FakeS3Env final : public StoreEnv {
 public:
  explicit FakeS3Env(uint64_t read_part_bytes) : env_(Options(read_part_bytes)) {}
  ObjectStore& store() override { return env_.store; }
  std::string Uri(std::string_view name) override { return "s3://bucket/some where/" + std::string(name); }

 private:
  static S3Options Options(uint64_t read_part_bytes) {
    S3Options options;
    options.read_part_bytes = read_part_bytes;
    return options;
  }
  S3TestEnv env_;
};

template <typename Env, typename... Args>
StoreFactory Make(std::string name, Args... args) {
  return {.name = std::move(name), .make = [=] { return std::make_unique<Env>(args...); }};
}

INSTANTIATE_TEST_SUITE_P(LocalUri, StoreContract, testing::Values(Make<LocalEnv>("local-uri", "file://")));
INSTANTIATE_TEST_SUITE_P(LocalPath, StoreContract, testing::Values(Make<LocalEnv>("local-path", "")));
INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(Make<MemoryEnv>("memory")));
// The race of a writer with readers wants objects that fit into one part: see s3_contract_test.cc.
INSTANTIATE_TEST_SUITE_P(FakeS3, StoreContract,
                         testing::Values(Make<FakeS3Env>("fake-s3", uint64_t{8} << 20U),
                                         Make<FakeS3Env>("fake-s3-small-parts", uint64_t{200'003})));
INSTANTIATE_TEST_SUITE_P(Router, StoreContract, testing::Values(Make<RouterEnv>("router")));

}  // namespace
}  // namespace calve::store
