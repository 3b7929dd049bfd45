#include "cli/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace calve::cli {
namespace {

/// A stream into memory.
class MemoryStream {
 public:
  MemoryStream() : file_(open_memstream(&text_, &size_)) {}
  ~MemoryStream() {
    std::fclose(file_);
    std::free(text_);  // NOLINT: what open_memstream made.
  }
  MemoryStream(const MemoryStream&) = delete;
  MemoryStream& operator=(const MemoryStream&) = delete;
  std::FILE* file() { return file_; }
  std::string Text() {
    std::fflush(file_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* file_;
};

TEST(ConsoleTest, VerbosityDecides) {
  const auto text = [](Verbosity verbosity) {
    MemoryStream stream;
    Console console(stream.file(), false);
    console.set_verbosity(verbosity);
    console.Info("info");
    console.Detail("detail");
    console.Error("error");
    return stream.Text();
  };
  EXPECT_EQ(text(Verbosity::kQuiet), "calve: error\n");
  EXPECT_EQ(text(Verbosity::kNormal), "info\ncalve: error\n");
  EXPECT_EQ(text(Verbosity::kVerbose), "info\ndetail\ncalve: error\n");
}

TEST(ConsoleTest, LinesOfAnErrorStayAlignedAndHarmless) {
  MemoryStream stream;
  Console console(stream.file(), false);
  console.Error("the SQL is wrong: near \"FORM\"\n\nLINE 1: SELECT 1 FORM\x1b[2J\n                 ^");
  EXPECT_EQ(stream.Text(),
            "calve: the SQL is wrong: near \"FORM\"\n"
            "       LINE 1: SELECT 1 FORM\\x1b[2J\n"
            "                        ^\n");
}

TEST(ConsoleTest, ALineGoesAboveTheProgressLine) {
  MemoryStream stream;
  {
    Console console(stream.file(), true);
    console.Progress("50%");
    console.Info("line");
    console.Progress("60%");
  }
  EXPECT_EQ(stream.Text(), "\r\x1b[2K50%\r\x1b[2Kline\n\r\x1b[2K60%\r\x1b[2K");
}

TEST(ConsoleTest, NoProgressElsewhereOrWhenQuiet) {
  MemoryStream stream;
  Console pipe(stream.file(), false);
  pipe.Progress("50%");
  Console quiet(stream.file(), true);
  quiet.set_verbosity(Verbosity::kQuiet);
  quiet.Progress("50%");
  EXPECT_EQ(stream.Text(), "");
}

TEST(ConsoleTest, TakesTheLogOfTheLibraries) {
  const auto before = spdlog::default_logger();
  MemoryStream stream;
  Console console(stream.file(), false);
  console.TakeLog();
  spdlog::info("nobody asked");
  spdlog::warn("file {} stays", "a\nb");
  spdlog::error("lost");
  spdlog::set_default_logger(before);
  EXPECT_EQ(stream.Text(), "warning: file a\\nb stays\ncalve: lost\n");
}

TEST(OutputTest, AFullDeviceIsAnError) {
  std::FILE* full = std::fopen("/dev/full", "w");
  ASSERT_NE(full, nullptr);
  Output output(full);
  output.Write("text");
  const Status status = output.Finish();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::kNoSpace);
  EXPECT_THAT(status.error().message, testing::HasSubstr("standard output"));
  std::fclose(full);
}

}  // namespace
}  // namespace calve::cli
