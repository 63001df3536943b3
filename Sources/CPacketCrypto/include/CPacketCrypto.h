// The primitives of a mix packet over libsodium, OpenSSL's libcrypto and, where it is there, Intel's crypto_mb: HKDF and
// HMAC of SHA-256, AES-128-CTR, LIONESS and X25519; and memory for the tags of packets that were seen. No function allocates but
// `packet_crypto_new` and `packet_crypto_pages`, none does I/O, and none branches or indexes on a secret.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One thread's workspace: a cipher context and hash states with their pads already hashed in.
typedef struct packet_crypto packet_crypto;

/// A workspace, or NULL when a library does not start or memory is short. Also starts libsodium.
packet_crypto *packet_crypto_new(void);

/// Wipes and frees a workspace; NULL is allowed.
void packet_crypto_free(packet_crypto *crypto);

/// Wipes what the workspace still knows of the last packet. False when the cipher failed.
bool packet_crypto_forget(packet_crypto *crypto);

/// Starts libsodium; any thread, any number of times. False when it does not start.
bool packet_crypto_start(void);

/// HKDF-SHA256 with an empty salt over a shared secret of 32 bytes: the first 32 bytes of output.
/// The state stays in the workspace for `packet_crypto_expand_rest`.
void packet_crypto_expand_first(packet_crypto *crypto, uint8_t out[32], const uint8_t secret[32]);

/// The next 256 bytes of output after `packet_crypto_expand_first`, whose state it wipes.
void packet_crypto_expand_rest(packet_crypto *crypto, uint8_t out[256]);

/// The 192 bytes of a payload key from its seed of 16 bytes (HKDF-SHA256 with a fixed salt).
void packet_crypto_payload_key(packet_crypto *crypto, uint8_t key[192], const uint8_t seed[16]);

/// HMAC-SHA256 of `size` bytes under a key of 16 bytes, cut to 16 bytes.
void packet_crypto_mac(uint8_t tag[16], const uint8_t key[16], const uint8_t *bytes, size_t size);

/// Whether two tags of 16 bytes are the same, in constant time.
bool packet_crypto_same_tag(const uint8_t a[16], const uint8_t b[16]);

/// Whether `size` bytes are all zero, in constant time.
bool packet_crypto_is_zero(const uint8_t *bytes, size_t size);

/// XORs `size` bytes, in place, with the key stream of AES-128-CTR under a zero IV. False when the cipher failed.
bool packet_crypto_stream(packet_crypto *crypto, uint8_t *bytes, size_t size, const uint8_t key[16]);

/// Encrypts a block of more than 32 bytes in place with LIONESS (ChaCha20 and keyed BLAKE2b-256). False when the cipher
/// failed.
bool packet_crypto_lioness_encrypt(packet_crypto *crypto, uint8_t *block, size_t size, const uint8_t key[192]);

/// Undoes `packet_crypto_lioness_encrypt`.
bool packet_crypto_lioness_decrypt(packet_crypto *crypto, uint8_t *block, size_t size, const uint8_t key[192]);

/// `count` X25519, one scalar and one point each, 32 bytes apart. The scalars are clamped on use. A product with a point
/// of low order is all zeros. The products may lie where the scalars or the points are.
void packet_crypto_x25519(uint8_t *products, const uint8_t *scalars, const uint8_t *points, size_t count);

/// `count` X25519 with the base point. The scalars are clamped on use. The points may lie where the scalars are.
void packet_crypto_x25519_base(uint8_t *points, const uint8_t *scalars, size_t count);

/// How many pairs Intel's crypto_mb multiplies at once, and from how many on that is quicker than one after the other.
enum { packet_crypto_lanes = 8, packet_crypto_lanes_fewest = 2 };

typedef enum {
  /// The program was built without crypto_mb.
  packet_crypto_lanes_not_built,
  /// The processor has no AVX-512 IFMA.
  packet_crypto_lanes_no_processor,
  /// A product was not libsodium's.
  packet_crypto_lanes_wrong,
  packet_crypto_lanes_usable,
} packet_crypto_lanes_state;

/// Whether the two functions below can be used here; it multiplies some pairs to see. libsodium must have started.
packet_crypto_lanes_state packet_crypto_find_lanes(void);

/// What `packet_crypto_x25519` does, eight pairs at once; a lone one, or one that is left over, goes to libsodium.
void packet_crypto_x25519_lanes(uint8_t *products, const uint8_t *scalars, const uint8_t *points, size_t count);

/// What `packet_crypto_x25519_base` does, in the same way.
void packet_crypto_x25519_base_lanes(uint8_t *points, const uint8_t *scalars, size_t count);

/// A clamped scalar that does what the clamped `a` after the clamped `b` does, to every point of the curve but not of
/// its twist; up to the sign, which a u-coordinate does not show. False, and zeros, when there is none: a chance of
/// about 2^-125.
bool packet_crypto_scalar_product(uint8_t product[32], const uint8_t a[32], const uint8_t b[32]);

/// Overwrites secrets in a way that no compiler removes.
void packet_crypto_wipe(void *bytes, size_t size);

/// `size` bytes of zeros for a table in which every look-up is somewhere else: in large pages where the system gives such, and there
/// before the first look-up. NULL when memory is short.
void *packet_crypto_pages(size_t size);

/// Gives them back; NULL is allowed.
void packet_crypto_pages_free(void *pages, size_t size);

/// Has the processor fetch what lies at `place`, and what lies behind it, while it does something else.
static inline void packet_crypto_prefetch(const void *place) {
  __builtin_prefetch(place, 1);
  __builtin_prefetch((const char *)place + 64, 1);
}
