// LIONESS (Anderson and Biham, 1996) with ChaCha20 as its stream cipher and keyed BLAKE2b-256 as its hash. The block is
// L (32 bytes) and R (the rest); the key is k1 (32) k2 (64) k3 (32) k4 (64).
//
// ChaCha20 comes from OpenSSL, which does sixteen of its blocks at once where it can; BLAKE2b from libsodium, whose code is
// the quicker one.
#include "CPacketCrypto.h"
#include "workspace.h"
#include <sodium.h>

enum { left = 32, k1 = 0, k2 = 32, k3 = 96, k4 = 128 };

/// R ^= ChaCha20(L ^ key), 20 rounds, zero nonce, counter 0.
static bool stir_right(packet_crypto *crypto, uint8_t *block, size_t size, const uint8_t key[32]) {
  static const uint8_t counter_and_nonce[16] = {0};
  uint8_t mixed[left];
  int written = 0;
  for (size_t i = 0; i < left; i++) mixed[i] = block[i] ^ key[i];
  bool done = size <= INT32_MAX &&
              EVP_EncryptInit_ex2(crypto->chacha, NULL, mixed, counter_and_nonce, NULL) == 1 &&
              EVP_EncryptUpdate(crypto->chacha, block + left, &written, block + left, (int)(size - left)) == 1;
  sodium_memzero(mixed, sizeof mixed);
  return done && (size_t)written == size - left;
}

/// L ^= BLAKE2b-256(key, R).
static void stir_left(uint8_t *block, size_t size, const uint8_t key[64]) {
  uint8_t digest[left];
  crypto_generichash_blake2b(digest, sizeof digest, block + left, size - left, key, 64);
  for (size_t i = 0; i < left; i++) block[i] ^= digest[i];
  sodium_memzero(digest, sizeof digest);
}

bool packet_crypto_lioness_encrypt(packet_crypto *crypto, uint8_t *block, size_t size, const uint8_t key[192]) {
  bool first = stir_right(crypto, block, size, key + k1);
  stir_left(block, size, key + k2);
  bool second = stir_right(crypto, block, size, key + k3);
  stir_left(block, size, key + k4);
  return first && second;
}

bool packet_crypto_lioness_decrypt(packet_crypto *crypto, uint8_t *block, size_t size, const uint8_t key[192]) {
  stir_left(block, size, key + k4);
  bool first = stir_right(crypto, block, size, key + k3);
  stir_left(block, size, key + k2);
  return stir_right(crypto, block, size, key + k1) && first;
}
