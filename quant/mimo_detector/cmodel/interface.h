// C model of detector @NAME@, generated from its spec. Compile @NAME@_cmodel.cpp with
// g++ -std=c++17 -O3 -ffp-contract=off; the other functions may be called from C.
// Functions that return int return 0, or -1 when out of memory or (use_vector_bytes) unsupported.
// They check no value: matrices and received parts must be values of the spec's words.
#ifndef @GUARD@
#define @GUARD@
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

int @NAME@_abi(void);                 // version of this interface, 1
const char* @NAME@_spec_sha(void);    // SHA-256 of the spec, hex
int @NAME@_antennas(void);
int @NAME@_users(void);
int @NAME@_lanes(void);               // vectors worked on side by side
int @NAME@_vector_bytes(void);        // vector size in use; the widest that the processor has
int @NAME@_use_vector_bytes(int bytes);  // 16, 32, 64, or 0 for the widest; not while it runs

// h (channels, antennas, users, 2), w and w0 (channels, users, antennas, 2), w0 unused without start
// "lmmse"; y (channels, vectors, antennas, 2). Results (channels, vectors, ..): r (users, 2),
// symbols (users, 2) odd integers, llrs (users, bits of a symbol), and flags 1: z, 2: r left its
// word. *saturated_groups: rows times groups of all matrices whose tables saturate for some signs.
int @NAME@_detect(const int32_t* h, const int32_t* w, const int32_t* w0, int64_t channels,
                  int64_t vectors, const int16_t* y, int16_t* r, int8_t* symbols, int8_t* llrs,
                  uint8_t* flags, int64_t* saturated_groups);

// W and W0 as a core with --matrices core makes them: h as above, n0 (channels) the noise power in
// steps of h, squared; w and w0 (channels, users, antennas, 2) codes as the stream of channels has
// them, saturated (channels) 1 where a number left its word, so that they may be wrong. -1 also for
// a spec that has no W0, or other weights than "matched".
int @NAME@_prepare(const int32_t* h, const int64_t* n0, int64_t channels, int16_t* w, int16_t* w0,
                   uint8_t* saturated);

#ifdef __cplusplus
}
#endif
#endif
