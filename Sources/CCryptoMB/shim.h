// Intel's crypto_mb, where `./dev` found it for this machine; else nothing.
#if defined(__x86_64__) && __has_include(<crypto_mb/x25519.h>)
#include <crypto_mb/x25519.h>
#endif
