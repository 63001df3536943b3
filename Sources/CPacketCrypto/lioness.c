// LIONESS (Anderson and Biham, 1996) with ChaCha20 as its stream cipher and keyed BLAKE2b-256 as its hash. The block is
// L (32 bytes) and R (the rest); the key is k1 (32) k2 (64) k3 (32) k4 (64).
#include "CPacketCrypto.h"
#include <sodium.h>

enum { left = 32, k1 = 0, k2 = 32, k3 = 96, k4 = 128 };

/// R ^= ChaCha20(L ^ key), 20 rounds, zero nonce, counter 0.
static void stir_right(uint8_t *block, size_t size, const uint8_t key[32]) {
  static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {0};
  uint8_t mixed[left];
  for (size_t i = 0; i < left; i++) mixed[i] = block[i] ^ key[i];
  crypto_stream_chacha20_xor(block + left, block + left, size - left, nonce, mixed);
  sodium_memzero(mixed, sizeof mixed);
}

/// L ^= BLAKE2b-256(key, R).
static void stir_left(uint8_t *block, size_t size, const uint8_t key[64]) {
  uint8_t digest[left];
  crypto_generichash_blake2b(digest, sizeof digest, block + left, size - left, key, 64);
  for (size_t i = 0; i < left; i++) block[i] ^= digest[i];
  sodium_memzero(digest, sizeof digest);
}

void packet_crypto_lioness_encrypt(uint8_t *block, size_t size, const uint8_t key[192]) {
  stir_right(block, size, key + k1);
  stir_left(block, size, key + k2);
  stir_right(block, size, key + k3);
  stir_left(block, size, key + k4);
}

void packet_crypto_lioness_decrypt(uint8_t *block, size_t size, const uint8_t key[192]) {
  stir_left(block, size, key + k4);
  stir_right(block, size, key + k3);
  stir_left(block, size, key + k2);
  stir_right(block, size, key + k1);
}
