// An environment, a home folder and their files, for tests.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "aws/environment.h"

namespace calve::aws {

/// The folder is removed at the end.
class TestEnvironment {
 public:
  TestEnvironment() {
    static int count = 0;
    home_ = std::filesystem::temp_directory_path() /
            ("calve_aws_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(home_ / ".aws");
    Set("HOME", home_.string());
  }
  ~TestEnvironment() { std::filesystem::remove_all(home_); }
  TestEnvironment(const TestEnvironment&) = delete;
  TestEnvironment& operator=(const TestEnvironment&) = delete;

  void Set(const std::string& name, const std::string& value) { variables_[name] = value; }
  /// Writes a file in the home folder; its path.
  std::string Write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = home_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  /// Reads this object as it is when it is asked.
  Environment get() const {
    return [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    };
  }

 private:
  std::filesystem::path home_;
  std::map<std::string, std::string, std::less<>> variables_;
};

}  // namespace calve::aws
