#include "store/router_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/temp_dir.h"
#include "store/local_store.h"
#include "store/memory_store.h"

namespace calve::store {
namespace {

TEST(RouterStore, GoesByTheScheme) {
  const TempDir dir;
  RouterStore router;
  router.Register({"memory"}, std::make_unique<MemoryStore>());
  router.Register({"file"}, std::make_unique<LocalStore>());
  ASSERT_TRUE(router.Put("memory://b/x", "in memory", PutMode::kOverwrite));
  ASSERT_TRUE(router.Put(dir / "x", "on disk", PutMode::kOverwrite));
  EXPECT_EQ(*ReadAll(router, "memory://b/x"), "in memory");
  EXPECT_EQ(*ReadAll(router, "file://" + (dir / "x")), "on disk");
  const std::vector<std::string> both{"memory://b/x", dir / "x"};
  ASSERT_TRUE(router.Delete(both));
  EXPECT_FALSE(router.Head(both[0]));
  EXPECT_FALSE(router.Head(both[1]));
}

TEST(RouterStore, AnUnknownSchemeIsNamed) {
  const TempDir dir;
  RouterStore router;
  router.Register({"memory"}, std::make_unique<MemoryStore>());
  router.Register({"file"}, std::make_unique<LocalStore>());
  const auto info = router.Head("gs://b/x");
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(info.error().message, "gs://b/x: no store for gs:// here (there is: file, memory)");
  EXPECT_FALSE(router.Open("gs://b/x", {}));
  EXPECT_FALSE(router.Put("gs://b/x", "", PutMode::kOverwrite));
  EXPECT_FALSE(router.PutFile("gs://b/x", dir / "x", PutMode::kOverwrite));
  EXPECT_FALSE(router.List("gs://b/"));
  EXPECT_FALSE(router.ListChildren("gs://b/"));
  ASSERT_TRUE(router.Put("memory://b/x", "", PutMode::kOverwrite));
  const std::vector<std::string> mixed{"memory://b/x", "gs://b/x"};
  EXPECT_FALSE(router.Delete(mixed));
  EXPECT_TRUE(router.Head("memory://b/x")) << "nothing is deleted when one scheme is unknown";
}

}  // namespace
}  // namespace calve::store
