// X25519 for eight pairs at once (Intel crypto_mb, AVX-512 IFMA), where the build has it and the processor can do it.
#include "CPacketCrypto.h"
#include <sodium.h>
#include <string.h>

#if defined(__x86_64__) && __has_include(<crypto_mb/x25519.h>)
#include <crypto_mb/cpu_features.h>
#include <crypto_mb/x25519.h>

enum { lanes = packet_crypto_lanes, fewest = packet_crypto_lanes_fewest };

/// Whether a point lies less than 2^64 below 2^255. For some 1,400 points just below p, -1 and -2 among them, crypto_mb (2026.2)
/// gives wrong products, and nowhere else that was looked at: these points go to libsodium. Points are no secret.
static bool is_near_the_top(const uint8_t point[32]) {
  uint8_t all = (uint8_t)(point[31] | 0x80);
  for (int i = 8; i < 31; i++) all &= point[i];
  return all == 0xff;
}

/// Up to eight products at once, or up to eight public keys where `points` is NULL. Lanes that are not filled are left out.
static void multiply_lanes(uint8_t *products, const uint8_t *scalars, const uint8_t *points, size_t count) {
  uint8_t out[lanes][32];
  int8u *targets[lanes] = {NULL};
  const int8u *multipliers[lanes] = {NULL}, *bases[lanes] = {NULL};
  for (size_t i = 0; i < count; i++) {
    targets[i] = out[i];
    multipliers[i] = scalars + 32 * i;
    if (points != NULL) bases[i] = points + 32 * i;
  }
  mbx_status status = points != NULL ? mbx_x25519_mb8(targets, multipliers, bases)
                                     : mbx_x25519_public_key_mb8(targets, multipliers);
  for (size_t i = 0; i < count; i++) {
    // The one thing that can be wrong with a lane that is filled: its point is of low order.
    if (MBX_GET_STS(status, (int)i) != MBX_STATUS_OK) memset(out[i], 0, 32);
    if (points != NULL && is_near_the_top(points + 32 * i)) {
      packet_crypto_x25519(out[i], scalars + 32 * i, points + 32 * i, 1);
    }
  }
  memcpy(products, out, 32 * count);
  sodium_memzero(out, sizeof out);
}

/// Whether eight lanes do what libsodium does: for scalars that need clamping, and for points that are on the curve, on its
/// twist, of low order, too large, and with the bit that is ignored.
static bool lanes_agree(void) {
  uint8_t scalars[lanes * 32], points[lanes * 32], ours[lanes * 32], theirs[lanes * 32];
  for (size_t i = 0; i < sizeof scalars; i++) {
    scalars[i] = (uint8_t)(7 * i + 1);
    points[i] = (uint8_t)(11 * i + i / 32);
  }
  memset(points, 0, 32);
  memset(points + 32, 0xff, 32);
  memset(points + 64, 0xff, 32);
  points[64 + 31] = 0x7f;
  points[96 + 31] |= 0x80;
  multiply_lanes(ours, scalars, points, lanes);
  packet_crypto_x25519(theirs, scalars, points, lanes);
  if (memcmp(ours, theirs, sizeof ours) != 0) return false;
  multiply_lanes(ours, scalars, NULL, lanes);
  packet_crypto_x25519_base(theirs, scalars, lanes);
  return memcmp(ours, theirs, sizeof ours) == 0;
}

packet_crypto_lanes_state packet_crypto_find_lanes(void) {
  bool can = mbx_is_crypto_mb_applicable(0) && (mbx_get_algo_info(MBX_ALGO_X25519) & MBX_WIDTH_MB8) != 0;
  if (!can) return packet_crypto_lanes_no_processor;
  return lanes_agree() ? packet_crypto_lanes_usable : packet_crypto_lanes_wrong;
}

void packet_crypto_x25519_lanes(uint8_t *products, const uint8_t *scalars, const uint8_t *points, size_t count) {
  size_t at = 0;
  // Eight lanes take as long when two are filled as when all are.
  while (count >= fewest) {
    size_t now = count < lanes ? count : lanes;
    multiply_lanes(products + at, scalars + at, points + at, now);
    count -= now;
    at += 32 * now;
  }
  packet_crypto_x25519(products + at, scalars + at, points + at, count);
}

void packet_crypto_x25519_base_lanes(uint8_t *points, const uint8_t *scalars, size_t count) {
  size_t at = 0;
  while (count >= fewest) {
    size_t now = count < lanes ? count : lanes;
    multiply_lanes(points + at, scalars + at, NULL, now);
    count -= now;
    at += 32 * now;
  }
  packet_crypto_x25519_base(points + at, scalars + at, count);
}

#else

packet_crypto_lanes_state packet_crypto_find_lanes(void) { return packet_crypto_lanes_not_built; }

void packet_crypto_x25519_lanes(uint8_t *products, const uint8_t *scalars, const uint8_t *points, size_t count) {
  packet_crypto_x25519(products, scalars, points, count);
}

void packet_crypto_x25519_base_lanes(uint8_t *points, const uint8_t *scalars, size_t count) {
  packet_crypto_x25519_base(points, scalars, count);
}

#endif
