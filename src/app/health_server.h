// The worker's three pages for machines: /healthz, /readyz, /metrics.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/error.h"

namespace calve::app {

/// What the pages say. Called from the server's thread.
struct HealthPages {
  std::function<bool()> healthy;  ///< False: the process is to be replaced.
  std::function<bool()> ready;
  std::function<std::string()> metrics;  ///< Prometheus text exposition format 0.0.4.
};

/// Answers GET and HEAD, one connection at a time, each with a limit of size and time: it is for a kubelet and a
/// scraper, not for the world. Stops when destroyed.
class HealthServer {
 public:
  /// `listen`: HOST:PORT, the host an IPv4 address or [IPv6]; port 0 takes a free one. kUnavailable when the port is
  /// taken, kInvalidArgument for an address that is none.
  static Result<std::unique_ptr<HealthServer>> Start(const std::string& listen, HealthPages pages);
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;

  uint16_t port() const { return port_; }

 private:
  HealthServer(int socket, int wake_read, int wake_write, uint16_t port, HealthPages pages);
  void Loop();
  void Answer(int fd) const;

  int socket_;
  int wake_read_;  ///< A pipe that ends the loop.
  int wake_write_;
  uint16_t port_;
  HealthPages pages_;
  std::thread thread_;
};

}  // namespace calve::app
