#pragma once
#include <sodium.h>

// Untyped faces of two functions, so that Swift can hand over whole words without rebinding pointers.

/// `size` bytes of the ChaCha20 key stream (20 rounds, zero nonce, counter 0) under a key of 32 bytes.
static inline void sodium_key_stream(void *out, size_t size, const void *key) {
  static const unsigned char nonce[crypto_stream_chacha20_NONCEBYTES] = {0};
  crypto_stream_chacha20((unsigned char *)out, size, nonce, (const unsigned char *)key);
}

/// BLAKE2b of `input` under a key of `key_size` bytes (0 to 64) into `out_size` bytes (16 to 64).
static inline void sodium_blake2b(void *out, size_t out_size, const void *input, size_t size, const void *key,
                                  size_t key_size) {
  crypto_generichash((unsigned char *)out, out_size, (const unsigned char *)input, size, (const unsigned char *)key,
                     key_size);
}

/// BLAKE2b-256 of `input` without a key; `salt` and `person`, of 16 bytes each, say what it is for.
static inline void sodium_blake2b_for(void *out, const void *input, size_t size, const void *salt, const void *person) {
  crypto_generichash_blake2b_salt_personal((unsigned char *)out, 32, (const unsigned char *)input, size, 0, 0,
                                           (const unsigned char *)salt, (const unsigned char *)person);
}

/// Whether `signature`, of 64 bytes, is one of `message` by the Ed25519 public key of 32 bytes.
static inline _Bool sodium_is_signed(const void *public_key, const void *message, size_t size, const void *signature) {
  return crypto_sign_verify_detached((const unsigned char *)signature, (const unsigned char *)message, size,
                                     (const unsigned char *)public_key) == 0;
}

// BLAKE2b-256 of bytes that come piece by piece. `state` has crypto_generichash_statebytes() bytes at a multiple of 64.
static inline int sodium_hash_begin(void *state) {
  return crypto_generichash_init((crypto_generichash_state *)state, 0, 0, 32);
}
static inline int sodium_hash_add(void *state, const void *input, size_t size) {
  return crypto_generichash_update((crypto_generichash_state *)state, (const unsigned char *)input, size);
}
static inline int sodium_hash_end(void *state, void *out) {
  return crypto_generichash_final((crypto_generichash_state *)state, (unsigned char *)out, 32);
}
