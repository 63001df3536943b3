// HMAC-SHA256 over OpenSSL's low-level functions, which allocate nothing. They are deprecated in 3.0 and still the only
// ones there that keep a hash state in the caller's memory.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

/// A key of HMAC-SHA256 whose two pads are hashed in already (RFC 2104, section 4).
typedef struct {
  SHA256_CTX inner, outer;
} hmac_key;

/// Sets a key of at most 64 bytes.
void hmac_set_key(hmac_key *key, const uint8_t *bytes, size_t size);

/// The 32-byte code of one message.
void hmac(uint8_t code[32], const hmac_key *key, const uint8_t *message, size_t size);
