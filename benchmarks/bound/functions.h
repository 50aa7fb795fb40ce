/* exp, log and the normal quantile with the bits of vesicle_abm.core.scalar: the same texts, without fused operations. */
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10

static inline double of_bits(int64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline int64_t bits_of(double value) {
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* exp of four numbers, |x| <= 708. */
static inline __m256d exp_of(__m256d x) {
    static const double over[] = {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0,
                                  1.0 / 40320.0,     1.0 / 5040.0,     1.0 / 720.0,     1.0 / 120.0,
                                  1.0 / 24.0,        1.0 / 6.0,        0.5,             1.0,
                                  1.0};
    const __m256d log2_e = _mm256_set1_pd(1.4426950408889634), half = _mm256_set1_pd(0.5);
    const __m256d k = _mm256_floor_pd(_mm256_add_pd(_mm256_mul_pd(x, log2_e), half));
    const __m256d high = _mm256_mul_pd(k, _mm256_set1_pd(LN2_HIGH)), low = _mm256_mul_pd(k, _mm256_set1_pd(LN2_LOW));
    const __m256d r = _mm256_sub_pd(_mm256_sub_pd(x, high), low);
    __m256d p = _mm256_set1_pd(1.0 / 6227020800.0);
    for (int i = 0; i < 13; i++) p = _mm256_add_pd(_mm256_mul_pd(p, r), _mm256_set1_pd(over[i]));
    const __m256d whole = _mm256_add_pd(k, _mm256_set1_pd(0x1p52 + 0x1p51));
    const __m256i bits = _mm256_add_epi64(_mm256_castpd_si256(whole), _mm256_set1_epi64x(1023));
    return _mm256_mul_pd(p, _mm256_castsi256_pd(_mm256_slli_epi64(bits, 52)));
}

/* For normal x > 0. */
static inline double log_of(double x) {
    const int64_t bits = bits_of(x);
    int64_t k = ((bits >> 52) & 0x7FF) - 1022;
    double m = of_bits((bits & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000);
    if (m < 0.7071067811865476) {
        m = m * 2.0;
        k = k - 1;
    }
    const double s = (m - 1.0) / (m + 1.0), q = s * s;
    double p = 1.0 / 25.0;
    p = p * q + 1.0 / 23.0;
    p = p * q + 1.0 / 21.0;
    p = p * q + 1.0 / 19.0;
    p = p * q + 1.0 / 17.0;
    p = p * q + 1.0 / 15.0;
    p = p * q + 1.0 / 13.0;
    p = p * q + 1.0 / 11.0;
    p = p * q + 1.0 / 9.0;
    p = p * q + 1.0 / 7.0;
    p = p * q + 1.0 / 5.0;
    p = p * q + 1.0 / 3.0;
    return (double)k * LN2_HIGH + (2.0 * s + (2.0 * s * q * p + (double)k * LN2_LOW));
}

/* The quantile where |u - 1/2| <= 0.425: most draws, and no branch. */
static inline double central_quantile(double u) {
    const double q = u - 0.5, r = 0.180625 - q * q;
    double top = 2509.0809287301226727, low = 5226.495278852854561;
    top = top * r + 33430.575583588128105;
    top = top * r + 67265.770927008700853;
    top = top * r + 45921.953931549871457;
    top = top * r + 13731.693765509461125;
    top = top * r + 1971.5909503065514427;
    top = top * r + 133.14166789178437745;
    top = top * r + 3.387132872796366608;
    low = low * r + 28729.085735721942674;
    low = low * r + 39307.89580009271061;
    low = low * r + 21213.794301586595867;
    low = low * r + 5394.1960214247511077;
    low = low * r + 687.1870074920579083;
    low = low * r + 42.313330701600911252;
    low = low * r + 1.0;
    return q * top / low;
}

/* The quantile where |u - 1/2| > 0.425. */
static inline double outer_quantile(double u) {
    const double q = u - 0.5;
    double r = sqrt(-log_of(u < 1.0 - u ? u : 1.0 - u)), top, low;
    if (r <= 5.0) {
        r = r - 1.6;
        top = 7.7454501427834140764e-4;
        top = top * r + 0.0227238449892691845833;
        top = top * r + 0.24178072517745061177;
        top = top * r + 1.27045825245236838258;
        top = top * r + 3.64784832476320460504;
        top = top * r + 5.7694972214606914055;
        top = top * r + 4.6303378461565452959;
        top = top * r + 1.42343711074968357734;
        low = 1.05075007164441684324e-9;
        low = low * r + 5.475938084995344946e-4;
        low = low * r + 0.0151986665636164571966;
        low = low * r + 0.14810397642748007459;
        low = low * r + 0.68976733498510000455;
        low = low * r + 1.6763848301838038494;
        low = low * r + 2.05319162663775882187;
        low = low * r + 1.0;
    } else {
        r = r - 5.0;
        top = 2.01033439929228813265e-7;
        top = top * r + 2.71155556874348757815e-5;
        top = top * r + 0.0012426609473880784386;
        top = top * r + 0.026532189526576123093;
        top = top * r + 0.29656057182850489123;
        top = top * r + 1.7848265399172913358;
        top = top * r + 5.4637849111641143699;
        top = top * r + 6.6579046435011037772;
        low = 2.04426310338993978564e-15;
        low = low * r + 1.4215117583164458887e-7;
        low = low * r + 1.8463183175100546818e-5;
        low = low * r + 7.868691311456132591e-4;
        low = low * r + 0.0148753612908506148525;
        low = low * r + 0.13692988092273580531;
        low = low * r + 0.59983220655588793769;
        low = low * r + 1.0;
    }
    return copysign(top / low, q);
}
