// HKDF-SHA256 (RFC 5869) by hand: OpenSSL's EVP_KDF allocates on every call.
#include "CPacketCrypto.h"
#include "workspace.h"
#include <string.h>

static const char header_info[] =
    "Dwste mou enan moxlo arketa makru kai ena upomoxlio gia na ton topothetisw kai tha kinisw thn gh.";
static const char payload_info[] = "sphinx-payload-key-V01-CS01-HKDF:SHA256-INFO";

enum { header_info_size = sizeof header_info - 1, payload_info_size = sizeof payload_info - 1 };

/// HKDF-Extract: the key of the expansion.
static void extract(hmac_key *expanding, const hmac_key *salt, const uint8_t *secret, size_t size) {
  uint8_t key[32];
  hmac(key, salt, secret, size);
  hmac_set_key(expanding, key, sizeof key);
  packet_crypto_wipe(key, sizeof key);
}

/// Blocks `first` to `first + count - 1` of HKDF-Expand, counted from 1. `last` is the block before `first`, unless that is 1.
static void expand(uint8_t *out, const hmac_key *expanding, const uint8_t last[32], const char *info, size_t info_size,
                   unsigned first, unsigned count) {
  // last block | info | number, in one piece, so that one block is one message.
  uint8_t message[32 + header_info_size + 1];
  memcpy(message + 32, info, info_size);
  if (first > 1) memcpy(message, last, 32);
  for (unsigned number = first; number < first + count; number++, out += 32) {
    message[32 + info_size] = (uint8_t)number;
    if (number == 1) {
      hmac(out, expanding, message + 32, info_size + 1);
    } else {
      hmac(out, expanding, message, 32 + info_size + 1);
    }
    memcpy(message, out, 32);
  }
  packet_crypto_wipe(message, 32);
}

void packet_crypto_expand_first(packet_crypto *crypto, uint8_t out[32], const uint8_t secret[32]) {
  extract(&crypto->expanding, &crypto->no_salt, secret, 32);
  expand(out, &crypto->expanding, NULL, header_info, header_info_size, 1, 1);
  memcpy(crypto->last, out, 32);
}

void packet_crypto_expand_rest(packet_crypto *crypto, uint8_t out[256]) {
  expand(out, &crypto->expanding, crypto->last, header_info, header_info_size, 2, 8);
  packet_crypto_wipe(&crypto->expanding, sizeof crypto->expanding);
  packet_crypto_wipe(crypto->last, sizeof crypto->last);
}

void packet_crypto_payload_key(packet_crypto *crypto, uint8_t key[192], const uint8_t seed[16]) {
  hmac_key expanding;
  extract(&expanding, &crypto->payload_salt, seed, 16);
  expand(key, &expanding, NULL, payload_info, payload_info_size, 1, 6);
  packet_crypto_wipe(&expanding, sizeof expanding);
}
