#pragma once
#include "hash.h"
#include <openssl/evp.h>

struct packet_crypto {
  EVP_CIPHER *aes, *stream;
  EVP_CIPHER_CTX *cipher, *chacha;
  /// HKDF's two salts as keys of HMAC: none (32 zero bytes, RFC 5869, section 2.2), and that of payload keys.
  hmac_key no_salt, payload_salt;
  /// What `packet_crypto_expand_rest` goes on from.
  hmac_key expanding;
  uint8_t last[32];
};
