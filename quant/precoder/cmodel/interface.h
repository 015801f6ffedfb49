// C model of precoder @NAME@, generated from its spec. Compile @NAME@_cmodel.cpp with
// g++ -std=c++17 -O3 -ffp-contract=off; the other functions may be called from C.
// Functions that return int return 0, or -1 when out of memory or (use_vector_bytes) unsupported.
// They check no value: channel values and symbols must be those of the spec.
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
int @NAME@_lanes(void);               // symbol vectors worked on side by side
int @NAME@_vector_bytes(void);        // vector size in use; the widest that the processor has
int @NAME@_use_vector_bytes(int bytes);  // 16, 32, 64, or 0 for the widest; not while it runs

// `count` finite real or imaginary parts of channel entries of unit variance to values of the
// spec's word; returns how many saturated. The two differ in the precision of the quotient.
int64_t @NAME@_quantise_channel(const float* parts, int64_t count, int32_t* values);
int64_t @NAME@_quantise_channel_double(const double* parts, int64_t count, int32_t* values);

// h (channels, users, antennas, 2) values, symbols (channels, vectors, users, 2) odd integers, to
// bits (channels, vectors, antennas, 2), 1 where the part sent is negative. *saturated: vectors
// whose H v left the range of its word in some round.
int @NAME@_precode(const int32_t* h, int64_t channels, int64_t vectors, const int8_t* symbols,
                   uint8_t* bits, int64_t* saturated);

// Simulated coherence blocks first, first + 1, ... of `vectors` symbol vectors each: i.i.d. Rayleigh
// channel, random symbols, 1-bit transmit vectors of power 1, noise CN(0, deviation^2) at each user,
// one complex scale |s|^2 / (s^H H x) a vector. A block depends on vectors, seed, point and its
// number only. bit_errors (blocks, users); (blocks): vectors with saturated H v, and
// channel parts beyond the range of their word. At most 2^26 vectors a block.
int @NAME@_simulate(double deviation, int64_t vectors, uint64_t seed, uint32_t point, int64_t first,
                    int64_t blocks, uint32_t* bit_errors, uint32_t* saturated,
                    uint32_t* channel_saturated);

// The same blocks as they are drawn: channel (blocks, users, antennas, 2), symbols and noise of
// CN(0, 1) (blocks, vectors, users, 2).
int @NAME@_draw(int64_t vectors, uint64_t seed, uint32_t point, int64_t first, int64_t blocks,
                float* channel, int8_t* symbols, float* noise);

#ifdef __cplusplus
}
#endif
#endif
