/* Philox 4x32-10 (Salmon et al. 2011), eight counters at once with AVX2.

   A lane of 64 bits holds one 32-bit word; what stands in its upper half is never looked at, since _mm256_mul_epu32 reads
   lower halves only. */
#include <immintrin.h>
#include <stdint.h>

#define LANES 4
#define AT_ONCE (2 * LANES)

/* The words of `count` counters (id low, id high, step, last), rounded up to a multiple of AT_ONCE. */
static inline __attribute__((always_inline)) void philox_words(const int64_t *id, int64_t count, uint64_t step,
                                                               uint64_t last, uint64_t seed, uint32_t *w0, uint32_t *w1,
                                                               uint32_t *w2, uint32_t *w3) {
    const __m256i m0 = _mm256_set1_epi64x(0xD2511F53), m1 = _mm256_set1_epi64x(0xCD9E8D57);
    const __m256i even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    for (int64_t i = 0; i < count; i += AT_ONCE) {
        __m256i c0[2], c1[2], c2[2], c3[2];
        for (int q = 0; q < 2; q++) {
            c0[q] = _mm256_loadu_si256((const __m256i *)(id + i + LANES * q));
            c1[q] = _mm256_srli_epi64(c0[q], 32);
            c2[q] = _mm256_set1_epi64x((int64_t)step);
            c3[q] = _mm256_set1_epi64x((int64_t)last);
        }
        uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
        for (int round = 0; round < 10; round++) {
            const __m256i key0 = _mm256_set1_epi64x(k0), key1 = _mm256_set1_epi64x(k1);
            for (int q = 0; q < 2; q++) {
                const __m256i p0 = _mm256_mul_epu32(c0[q], m0), p1 = _mm256_mul_epu32(c2[q], m1);
                c0[q] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1[q]), key0);
                c2[q] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3[q]), key1);
                c1[q] = p1;
                c3[q] = p0;
            }
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        for (int q = 0; q < 2; q++) {
            const int64_t at = i + LANES * q;
            _mm_storeu_si128((__m128i *)(w0 + at), _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(c0[q], even)));
            _mm_storeu_si128((__m128i *)(w1 + at), _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(c1[q], even)));
            _mm_storeu_si128((__m128i *)(w2 + at), _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(c2[q], even)));
            _mm_storeu_si128((__m128i *)(w3 + at), _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(c3[q], even)));
        }
    }
}

/* A word as a number strictly between 0 and 1. */
static inline double unit(uint32_t word) { return (double)word * 0x1p-32 + 0x1p-33; }
