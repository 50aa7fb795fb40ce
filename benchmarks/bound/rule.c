/* The whole HMN rule over tiles of synapses, as C would have it: a bound for benchmarks, no part of the package.

   STORE is the type of what synapses keep, NUM that of the arithmetic. With NUM double the text is that of
   vesicle_abm/views/sweeping.py, operation by operation, and so are the bits. Arrays do not overlap (restrict); loops
   over a tile are left to the compiler, Philox and the greatest score are written for AVX2.

       cc -O3 -march=native -ffp-contract=off -fno-math-errno -fno-trapping-math -shared -fPIC -DSTORE=... -DNUM=... */
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define TILE 1024
#define FAN_IN_LIMIT 4096
#define ROOM (TILE + FAN_IN_LIMIT) /* a tile ends with the neuron that fills it */
#define SINGLE (sizeof(NUM) == 4)

typedef struct {
    double keep_fast, keep_slow, rate, delta, beta_a, beta_g, context, angle, beta_p, theta_p, low, high;
    uint64_t seed, step;
    int64_t neurons, modulators;
} Rule;

static inline double exp_double(double x) {
    double y = x > -708.0 ? x : -708.0;
    y = y < 709.0 ? y : 709.0;
    double k = floor(y * 1.4426950408889634 + 0.5);
    double r = (y - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    union { double f; int64_t i; } whole = {.f = k + (4503599627370496.0 + 2251799813685248.0)}, scale;
    scale.i = (int64_t)((uint64_t)(whole.i + 1023) << 52);
    double value = p * scale.f;
    value = x < -708.0 ? 0.0 : value;
    return x > 709.0 ? INFINITY : value;
}

static inline double cos_double(double x) {
    double k = floor(x * 0.3183098861837907 + 0.5);
    double r = ((x - k * (2 * 1.57079632673412561417)) - k * (2 * 6.07710050630396597660e-11))
             - k * (2 * 2.02226624879595063154e-21);
    double q = r * r;
    double p = -1.0 / 1124000727777607680000.0;
    p = p * q + 1.0 / 2432902008176640000.0;
    p = p * q - 1.0 / 6402373705728000.0;
    p = p * q + 1.0 / 20922789888000.0;
    p = p * q - 1.0 / 87178291200.0;
    p = p * q + 1.0 / 479001600.0;
    p = p * q - 1.0 / 3628800.0;
    p = p * q + 1.0 / 40320.0;
    p = p * q - 1.0 / 720.0;
    p = p * q + 1.0 / 24.0;
    p = p * q - 0.5;
    p = p * q + 1.0;
    return 2.0 * floor(0.5 * k) != k ? -p : p;
}

static inline float exp_single(float x) {
    float y = x > -87.0f ? x : -87.0f;
    y = y < 88.0f ? y : 88.0f;
    float k = floorf(y * 1.44269504f + 0.5f);
    float r = (y - k * 0.693359375f) - k * -2.12194440e-4f;
    float p = 1.0f / 5040.0f;
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    union { float f; int32_t i; } scale = {.i = ((int32_t)k + 127) << 23};
    return p * scale.f;
}

static inline float cos_single(float x) {
    float k = floorf(x * 0.318309886f + 0.5f);
    float r = (x - k * 3.140625f) - k * 9.67653590e-4f, q = r * r;
    float p = 1.0f / 479001600.0f;
    p = p * q - 1.0f / 3628800.0f;
    p = p * q + 1.0f / 40320.0f;
    p = p * q - 1.0f / 720.0f;
    p = p * q + 1.0f / 24.0f;
    p = p * q - 0.5f;
    p = p * q + 1.0f;
    return 2.0f * floorf(0.5f * k) != k ? -p : p;
}

#define EXP(x) (SINGLE ? (NUM)exp_single((float)(x)) : (NUM)exp_double((double)(x)))
#define COS(x) (SINGLE ? (NUM)cos_single((float)(x)) : (NUM)cos_double((double)(x)))

/* u of the synapses first ... first + n - 1, n rounded up to a multiple of 4. */
static void draw(uint64_t first, int n, const Rule *rule, NUM *restrict u) {
    const __m256i m0 = _mm256_set1_epi64x(0xD2511F53), m1 = _mm256_set1_epi64x(0xCD9E8D57);
    const __m256i low = _mm256_set1_epi64x(0xFFFFFFFF), magic = _mm256_set1_epi64x(0x4330000000000000);
    const __m256d unit = _mm256_set1_pd(0x1p-32), half = _mm256_set1_pd(0x1p-33);
    for (int s = 0; s < n; s += 4) {
        __m256i c0 = _mm256_add_epi64(_mm256_set1_epi64x((int64_t)(first + s)), _mm256_set_epi64x(3, 2, 1, 0));
        __m256i c1 = _mm256_srli_epi64(c0, 32), c2 = _mm256_set1_epi64x((int64_t)rule->step), c3 = _mm256_set1_epi64x(3);
        uint32_t k0 = (uint32_t)rule->seed, k1 = (uint32_t)(rule->seed >> 32);
        for (int round = 0; round < 10; round++) { /* what stands above 32 bits is ignored by the products */
            __m256i p0 = _mm256_mul_epu32(m0, c0), p1 = _mm256_mul_epu32(m1, c2);
            c0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1), _mm256_set1_epi64x(k0));
            c2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3), _mm256_set1_epi64x(k1));
            c1 = p1;
            c3 = p0;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        __m256d word = _mm256_castsi256_pd(_mm256_or_si256(_mm256_and_si256(c0, low), magic));
        __m256d found = _mm256_add_pd(_mm256_mul_pd(_mm256_sub_pd(word, _mm256_castsi256_pd(magic)), unit), half);
        double four[4];
        _mm256_storeu_pd(four, found);
        for (int i = 0; i < 4; i++) u[s + i] = (NUM)four[i];
    }
}

static NUM greatest(const NUM *restrict score, int n) {
    NUM most = -INFINITY;
    int s = 0;
    if (!SINGLE) {
        __m256d four = _mm256_set1_pd(-INFINITY);
        for (; s + 4 <= n; s += 4) four = _mm256_max_pd(four, _mm256_loadu_pd((const double *)score + s));
        double part[4];
        _mm256_storeu_pd(part, four);
        for (int i = 0; i < 4; i++) most = part[i] > most ? (NUM)part[i] : most;
    } else {
        __m256 eight = _mm256_set1_ps(-INFINITY);
        for (; s + 8 <= n; s += 8) eight = _mm256_max_ps(eight, _mm256_loadu_ps((const float *)score + s));
        float part[8];
        _mm256_storeu_ps(part, eight);
        for (int i = 0; i < 8; i++) most = part[i] > most ? (NUM)part[i] : most;
    }
    for (; s < n; s++) most = score[s] > most ? score[s] : most;
    return most;
}

static void correlate(int n, const int32_t *restrict pre, const NUM *restrict x_of, NUM z, NUM *restrict x,
                      NUM *restrict gained) {
    for (int s = 0; s < n; s++) x[s] = x_of[pre[s]];
    for (int s = 0; s < n; s++) gained[s] = x[s] * z;
}

static void traces(int n, NUM keep_fast, NUM keep_slow, const NUM *restrict gained, STORE *restrict fast,
                   STORE *restrict slow, NUM *restrict update) {
    for (int s = 0; s < n; s++) {
        NUM one = (NUM)fast[s] * keep_fast + gained[s], other = (NUM)slow[s] * keep_slow + gained[s];
        update[s] = one + other;
        fast[s] = (STORE)one;
        slow[s] = (STORE)other;
    }
}

static void relevance(int n, NUM rate, NUM beta, NUM context, const NUM *restrict x, STORE *restrict average,
                      NUM *restrict alpha) {
    NUM keep = 1 - rate;
    for (int s = 0; s < n; s++) {
        NUM followed = keep * (NUM)average[s] + rate * x[s];
        average[s] = (STORE)followed;
        alpha[s] = beta * (followed * context);
    }
    NUM most = greatest(alpha, n);
    for (int s = 0; s < n; s++) alpha[s] -= most;
}

static void exponentials(int n, NUM *restrict alpha) {
    for (int s = 0; s < n; s++) alpha[s] = EXP(alpha[s]);
}

static void modulate(int n, NUM factor, const NUM *restrict alpha, NUM *restrict update) {
    NUM total = 0;
    for (int s = 0; s < n; s++) total += alpha[s];
    for (int s = 0; s < n; s++) update[s] = (update[s] * (alpha[s] / total)) * factor;
}

static void gate(int n, NUM angle, const double *restrict phase, NUM *restrict update) {
    for (int s = 0; s < n; s++) {
        NUM wave = COS(angle - (NUM)phase[s]);
        update[s] *= wave < 0 ? 0 : wave;
    }
}

static void probability(int n, NUM beta, NUM theta, const NUM *restrict update, NUM *restrict p) {
    for (int s = 0; s < n; s++) {
        NUM size = update[s] < 0 ? -update[s] : update[s];
        p[s] = 1 / (1 + EXP(-(beta * (size - theta))));
    }
}

static void apply(int n, NUM low, NUM high, const NUM *restrict u, const NUM *restrict p, const NUM *restrict update,
                  STORE *restrict weight) {
    for (int s = 0; s < n; s++) {
        NUM w = (NUM)weight[s] + (u[s] < p[s] ? update[s] : 0);
        w = low > w ? low : w;
        weight[s] = (STORE)(high < w ? high : w);
    }
}

/* eta_local + eta_global G_j of each neuron. */
static void third_factors(const Rule *rule, const double *levels, const double *weights, const double *eta,
                          NUM *restrict factor) {
    int64_t count = rule->modulators;
    for (int64_t j = 0; j < rule->neurons; j++) {
        double score[16], most = -INFINITY, total = 0.0, signal = 0.0;
        for (int64_t k = 0; k < count; k++) {
            score[k] = rule->beta_g * (levels[j * count + k] * rule->context);
            most = score[k] > most ? score[k] : most;
        }
        for (int64_t k = 0; k < count; k++) score[k] = exp_double(score[k] - most);
        for (int64_t k = 0; k < count; k++) total = k ? total + score[k] : score[k];
        for (int64_t k = 0; k < count; k++) signal = signal + score[k] / total * weights[k] * levels[j * count + k];
        factor[j] = (NUM)(eta[0] + eta[1] * signal);
    }
}

/* One step. x_of, z, context, factor: (N,), the last two written; indptr (N + 1,). No fan-in above FAN_IN_LIMIT. */
void step(const Rule *rule, const int64_t *indptr, const int32_t *pre, const double *phase, const double *levels,
          const double *weights, const double *eta, const NUM *x_of, const NUM *z, NUM *context, NUM *factor,
          STORE *weight, STORE *fast, STORE *slow, STORE *average) {
    NUM x[ROOM], gained[ROOM], update[ROOM], alpha[ROOM], u[ROOM + 4];
    third_factors(rule, levels, weights, eta, factor);
    for (int64_t j = 0; j < rule->neurons; j++)
        context[j] = (NUM)(1 - rule->delta) * context[j] + (NUM)rule->delta * z[j];
    for (int64_t first = 0, last; first < rule->neurons; first = last) {
        int64_t start = indptr[first];
        for (last = first; last < rule->neurons && indptr[last] - start < TILE; last++) {
            int at = (int)(indptr[last] - start), n = (int)(indptr[last + 1] - indptr[last]);
            correlate(n, pre + start + at, x_of, z[last], x + at, gained + at);
        }
        int n = (int)(indptr[last] - start);
        traces(n, (NUM)rule->keep_fast, (NUM)rule->keep_slow, gained, fast + start, slow + start, update);
        for (int64_t j = first; j < last; j++) {
            int at = (int)(indptr[j] - start), own = (int)(indptr[j + 1] - indptr[j]);
            relevance(own, (NUM)rule->rate, (NUM)rule->beta_a, context[j], x + at, average + start + at, alpha + at);
        }
        exponentials(n, alpha);
        for (int64_t j = first; j < last; j++) {
            int at = (int)(indptr[j] - start), own = (int)(indptr[j + 1] - indptr[j]);
            modulate(own, factor[j], alpha + at, update + at);
        }
        gate(n, (NUM)rule->angle, phase + start, update);
        probability(n, (NUM)rule->beta_p, (NUM)rule->theta_p, update, alpha);
        draw((uint64_t)start, n, rule, u);
        apply(n, (NUM)rule->low, (NUM)rule->high, u, alpha, update, weight + start);
    }
}
