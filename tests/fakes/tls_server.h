// A TLS server on 127.0.0.1 with a certificate that a test describes, and the authority that signed it: both are made
// in memory when it starts. Every request on it is answered with 200 and "ok".
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace calve::http {

/// What the server's certificate says.
struct TlsCertificate {
  std::string names = "IP:127.0.0.1";  ///< Of the host: "DNS:a.example", "IP:127.0.0.1".
  long valid_from_s = -3600;           ///< From now on; negative: ago.
  long valid_to_s = 3600;
};

/// Serves one connection after another, one request on each, until it is destroyed; who says nothing for 10 s is left.
class TlsServer {
 public:
  explicit TlsServer(const TlsCertificate& certificate = {}) {
    const Key authority_key(Check(EVP_EC_gen("P-256")));
    const Key server_key(Check(EVP_EC_gen("P-256")));
    const Cert authority = MakeCertificate({.names = "", .valid_from_s = -7 * kDay, .valid_to_s = 7 * kDay}, 1,
                                           authority_key.get(), nullptr, authority_key.get());
    const Cert server = MakeCertificate(certificate, 2, server_key.get(), authority.get(), authority_key.get());
    authority_pem_ = Pem(authority.get());
    context_.reset(Check(SSL_CTX_new(TLS_server_method())));
    Check(SSL_CTX_use_certificate(context_.get(), server.get()) == 1);
    Check(SSL_CTX_use_PrivateKey(context_.get(), server_key.get()) == 1);

    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    Check(bind(listener_, generic, size) == 0 && listen(listener_, 16) == 0 &&
          getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~TlsServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  /// The authority's certificate, for a bundle.
  const std::string& authority_pem() const { return authority_pem_; }
  /// How many requests it has read.
  int requests() const { return requests_; }

 private:
  template <auto free>
  struct Freed {
    template <typename T>
    void operator()(T* object) const {
      free(object);
    }
  };
  using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
  using Cert = std::unique_ptr<X509, Freed<X509_free>>;
  static constexpr long kDay = 86'400;

  /// A test that cannot set up its server must not pass.
  template <typename T>
  static T Check(T made) {
    if (!made) std::abort();
    return made;
  }

  /// Signed by `issuer`'s key; no `issuer`: by its own, as an authority.
  static Cert MakeCertificate(const TlsCertificate& certificate, long serial, EVP_PKEY* key, X509* issuer,
                              EVP_PKEY* issuer_key) {
    Cert made(Check(X509_new()));
    X509* const x509 = made.get();
    Check(X509_set_version(x509, X509_VERSION_3) == 1);
    Check(ASN1_INTEGER_set(X509_get_serialNumber(x509), serial) == 1);
    Check(X509_gmtime_adj(X509_getm_notBefore(x509), certificate.valid_from_s));
    Check(X509_gmtime_adj(X509_getm_notAfter(x509), certificate.valid_to_s));
    const std::string_view common_name = issuer == nullptr ? "calve's test authority" : "calve's test server";
    Check(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1);
    X509* const signer = issuer == nullptr ? x509 : issuer;
    Check(X509_set_issuer_name(x509, X509_get_subject_name(signer)) == 1);
    Check(X509_set_pubkey(x509, key) == 1);
    const auto extend = [&](int kind, const std::string& value) {
      X509V3_CTX context;
      X509V3_set_ctx(&context, signer, x509, nullptr, nullptr, 0);
      X509_EXTENSION* extension = Check(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
      Check(X509_add_ext(x509, extension, -1) == 1);
      X509_EXTENSION_free(extension);
    };
    extend(NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(NID_key_usage, issuer == nullptr ? "critical,keyCertSign" : "critical,digitalSignature");
    extend(NID_subject_key_identifier, "hash");
    if (issuer != nullptr) {
      extend(NID_authority_key_identifier, "keyid");
      extend(NID_subject_alt_name, certificate.names);
    }
    Check(X509_sign(x509, issuer_key, EVP_sha256()) > 0);
    return made;
  }

  static std::string Pem(X509* certificate) {
    const std::unique_ptr<BIO, Freed<BIO_free>> memory(Check(BIO_new(BIO_s_mem())));
    Check(PEM_write_bio_X509(memory.get(), certificate) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<size_t>(size)};
  }

  void Accept() {
    // OpenSSL writes without MSG_NOSIGNAL; a client that refuses is gone by then.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (!stopping_) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      const timeval limit{.tv_sec = 10, .tv_usec = 0};
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
      setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
      Serve(connection);
      close(connection);
    }
  }

  void Serve(int connection) {
    const std::unique_ptr<SSL, Freed<SSL_free>> tls(Check(SSL_new(context_.get())));
    if (SSL_set_fd(tls.get(), connection) != 1 || SSL_accept(tls.get()) != 1) return;
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      char piece[4096];
      const int got = SSL_read(tls.get(), piece, sizeof(piece));
      if (got <= 0) return;
      head.append(piece, static_cast<size_t>(got));
    }
    ++requests_;
    static constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    if (SSL_write(tls.get(), kAnswer.data(), static_cast<int>(kAnswer.size())) > 0) SSL_shutdown(tls.get());
  }

  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_;
  std::string authority_pem_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::thread acceptor_;
};

}  // namespace calve::http
