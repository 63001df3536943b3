#include "CPacketCrypto.h"
#include <sodium.h>
#include <string.h>

void packet_crypto_x25519(uint8_t *products, const uint8_t *scalars, const uint8_t *points, size_t count) {
  // libsodium puts the clamped scalar where the product comes, before it reads the point: never in place.
  uint8_t product[32];
  for (size_t at = 0; at < 32 * count; at += 32) {
    // It refuses the points of low order, and then does not write.
    if (crypto_scalarmult_curve25519(product, scalars + at, points + at) != 0) memset(product, 0, 32);
    memcpy(products + at, product, 32);
  }
  sodium_memzero(product, sizeof product);
}

void packet_crypto_x25519_base(uint8_t *points, const uint8_t *scalars, size_t count) {
  uint8_t point[32];
  for (size_t at = 0; at < 32 * count; at += 32) {
    crypto_scalarmult_curve25519_base(point, scalars + at);
    memcpy(points + at, point, 32);
  }
}

static void clamp(uint8_t out[32], const uint8_t scalar[32]) {
  memcpy(out, scalar, 32);
  out[0] &= 0xf8;
  out[31] = (uint8_t)((out[31] & 0x7f) | 0x40);
}

static void load(uint64_t words[4], const uint8_t bytes[32]) {
  for (int i = 0; i < 4; i++) {
    words[i] = 0;
    for (int j = 7; j >= 0; j--) words[i] = words[i] << 8 | bytes[8 * i + j];
  }
}

static void store(uint8_t bytes[32], const uint64_t words[4]) {
  for (int i = 0; i < 32; i++) bytes[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
}

/// The order l of the base point, and 8 l, as little-endian words.
static const uint64_t order[4] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};
static const uint64_t order_8[4] = {0xc09318d2e7ae9f68, 0xa6f7cef517bce6b2, 0, 0x8000000000000000};

/// All ones when 2^254 <= v < 2^255, else zero, without a branch.
static uint64_t is_clamped(const uint64_t v[4]) {
  uint64_t difference = (v[3] >> 62) ^ 1;
  return ((difference | (0 - difference)) >> 63) - 1;
}

bool packet_crypto_scalar_product(uint8_t product[32], const uint8_t a[32], const uint8_t b[32]) {
  uint8_t first[32], second[32];
  uint64_t v[4], w[4];
  clamp(first, a);
  clamp(second, b);
  crypto_core_ed25519_scalar_mul(first, first, second);
  load(v, first);

  // v = k + j l, with the one j in 0...7 that makes it a multiple of 8: l = 5 mod 8, and 3 * 5 = -1 mod 8. So v < 8 l.
  uint64_t j = (3 * v[0]) & 7;
  unsigned __int128 carry = 0;
  for (int i = 0; i < 4; i++) {
    carry += (unsigned __int128)order[i] * j + v[i];
    v[i] = (uint64_t)carry;
    carry >>= 64;
  }
  // w = 8 l - v stands for -k. The window 2^254..<2^255 is half of 0..<8 l, so it holds one of the two.
  uint64_t borrow = 0;
  for (int i = 0; i < 4; i++) {
    unsigned __int128 difference = (unsigned __int128)order_8[i] - v[i] - borrow;
    w[i] = (uint64_t)difference;
    borrow = (uint64_t)(difference >> 64) & 1;
  }
  uint64_t take_v = is_clamped(v), take_w = is_clamped(w) & ~take_v;
  for (int i = 0; i < 4; i++) v[i] = (v[i] & take_v) | (w[i] & take_w);
  store(product, v);
  sodium_memzero(first, sizeof first);
  sodium_memzero(second, sizeof second);
  sodium_memzero(v, sizeof v);
  sodium_memzero(w, sizeof w);
  return (take_v | take_w) != 0;
}
