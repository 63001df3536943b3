#include "hash.h"
#include "CPacketCrypto.h"
#include <openssl/crypto.h>
#include <string.h>

void hmac_set_key(hmac_key *key, const uint8_t *bytes, size_t size) {
  uint8_t pad[SHA256_CBLOCK] = {0};
  memcpy(pad, bytes, size);
  for (size_t i = 0; i < sizeof pad; i++) pad[i] ^= 0x36;
  SHA256_Init(&key->inner);
  SHA256_Update(&key->inner, pad, sizeof pad);
  for (size_t i = 0; i < sizeof pad; i++) pad[i] ^= 0x36 ^ 0x5c;
  SHA256_Init(&key->outer);
  SHA256_Update(&key->outer, pad, sizeof pad);
  packet_crypto_wipe(pad, sizeof pad);
}

void hmac(uint8_t code[32], const hmac_key *key, const uint8_t *message, size_t size) {
  SHA256_CTX context = key->inner;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256_Update(&context, message, size);
  SHA256_Final(digest, &context);
  context = key->outer;
  SHA256_Update(&context, digest, sizeof digest);
  SHA256_Final(code, &context);
  packet_crypto_wipe(&context, sizeof context);
  packet_crypto_wipe(digest, sizeof digest);
}

void packet_crypto_mac(uint8_t tag[16], const uint8_t key[16], const uint8_t *bytes, size_t size) {
  hmac_key pads;
  uint8_t code[32];
  hmac_set_key(&pads, key, 16);
  hmac(code, &pads, bytes, size);
  memcpy(tag, code, 16);
  packet_crypto_wipe(&pads, sizeof pads);
  packet_crypto_wipe(code, sizeof code);
}

bool packet_crypto_same_tag(const uint8_t a[16], const uint8_t b[16]) { return CRYPTO_memcmp(a, b, 16) == 0; }
