#include "workspace.h"
#include "CPacketCrypto.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char payload_salt[] = "sphinx-payload-key-V01-CS01-HKDF:SHA256-SALT";

bool packet_crypto_start(void) { return sodium_init() >= 0; }

void packet_crypto_wipe(void *bytes, size_t size) { sodium_memzero(bytes, size); }

bool packet_crypto_is_zero(const uint8_t *bytes, size_t size) { return sodium_is_zero(bytes, size) == 1; }

packet_crypto *packet_crypto_new(void) {
  static const uint8_t zero[32] = {0};
  packet_crypto *crypto = calloc(1, sizeof *crypto);
  if (crypto == NULL) return NULL;
  crypto->aes = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
  crypto->stream = EVP_CIPHER_fetch(NULL, "ChaCha20", NULL);
  crypto->cipher = EVP_CIPHER_CTX_new();
  crypto->chacha = EVP_CIPHER_CTX_new();
  if (!packet_crypto_start() || crypto->aes == NULL || crypto->stream == NULL || crypto->cipher == NULL ||
      crypto->chacha == NULL || EVP_EncryptInit_ex2(crypto->cipher, crypto->aes, zero, zero, NULL) != 1 ||
      EVP_EncryptInit_ex2(crypto->chacha, crypto->stream, zero, zero, NULL) != 1) {
    packet_crypto_free(crypto);
    return NULL;
  }
  hmac_set_key(&crypto->no_salt, zero, sizeof zero);
  hmac_set_key(&crypto->payload_salt, (const uint8_t *)payload_salt, strlen(payload_salt));
  return crypto;
}

void packet_crypto_free(packet_crypto *crypto) {
  if (crypto == NULL) return;
  EVP_CIPHER_CTX_free(crypto->cipher);
  EVP_CIPHER_CTX_free(crypto->chacha);
  EVP_CIPHER_free(crypto->aes);
  EVP_CIPHER_free(crypto->stream);
  packet_crypto_wipe(crypto, sizeof *crypto);
  free(crypto);
}

bool packet_crypto_forget(packet_crypto *crypto) {
  static const uint8_t zero[32] = {0};
  packet_crypto_wipe(&crypto->expanding, sizeof crypto->expanding);
  packet_crypto_wipe(crypto->last, sizeof crypto->last);
  return EVP_EncryptInit_ex2(crypto->cipher, NULL, zero, zero, NULL) == 1 &&
         EVP_EncryptInit_ex2(crypto->chacha, NULL, zero, zero, NULL) == 1;
}

bool packet_crypto_stream(packet_crypto *crypto, uint8_t *bytes, size_t size, const uint8_t key[16]) {
  static const uint8_t zero[16] = {0};
  int written = 0;
  if (size > INT32_MAX) return false;
  if (EVP_EncryptInit_ex2(crypto->cipher, NULL, key, zero, NULL) != 1) return false;
  return EVP_EncryptUpdate(crypto->cipher, bytes, &written, bytes, (int)size) == 1 && (size_t)written == size;
}
