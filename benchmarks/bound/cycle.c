/* The vesicle cycle of the benchmarks' workload, as a C programmer would write it for this workload alone: the bound.

   One thread, AVX2, no fused operations. Draws, ids, alias tables, rounding and fixed-point sums are the model's own, so
   counts, levels and vesicles come out equal to the bit. What is free is the layout: vesicles in columns of the least
   width; a slot of the alias tables holds both nodes that it can lead to, so that a move costs one visit of the slots;
   births go into the rows of the dead. Rows are worked off in tiles, a tight loop for each phase, so that what a phase
   prefetches is there when the next one asks for it.

   build: cc -O3 -march=native -ffp-contract=off -fno-math-errno -shared -fPIC */
#include "functions.h"
#include "philox.h"

#define TILE 128
#define UNITS 0x1p32
#define QUANTUM 0x1p-32
enum { VESICLE_GROUP = 0, BIRTH_GROUP = 1, EMIT_GROUP = 2 };
enum { ID_STEP_AT = 39, ID_NODE_AT = 19 }; /* bits of an id: step + 1, node, kind (here 0), ordinal */

typedef struct {
    uint64_t threshold; /* of the draw's fraction, in units of 2**-33 */
    uint32_t own, other;
} Slot;

typedef struct {
    int64_t units, docked;
} Received;

typedef struct {
    int64_t nodes, width, rows, holes, capacity, step, lifetime;
    int64_t born, absorbed, expired, cleared;
    uint64_t seed;
    double docking, absorb, hazard, amount, gain, logit, root, keep, mean, deviation;
    const uint32_t *first;  /* (N + 1) slots of each node */
    const Slot *slots;      /* (S,) */
    const float *receptor;  /* (N, D) */
    const double *below;    /* cumulative Poisson probabilities, then 2 */
    Received *received;     /* (N,) what the step brought, and dockings so far */
    double *level;          /* (N,) */
    int64_t *emitted;       /* (N,) */
    int64_t *id;            /* (capacity,), as the next three */
    uint32_t *node;
    uint8_t *ttl;
    float *content; /* (capacity, D) */
    int64_t *hole;  /* rows of those that ended, ascending */
    int64_t *birth; /* ids of the step's newborns */
} World;

/* How many of the 2**32 words are draws below a probability. */
static uint64_t words_below(double probability) {
    const double count = ceil(probability * UNITS - 0.5);
    return count > 0.0 ? (uint64_t)count : 0;
}

static inline int64_t to_units(double x) {
    const double units = x * UNITS, whole = floor(units);
    return (int64_t)whole + (units - whole >= 0.5);
}

/* Births of this step: ids, by node and ordinal. */
static int64_t emit(const World *w) {
    int64_t place[TILE], count = 0;
    uint32_t w0[TILE], w1[TILE], w2[TILE], w3[TILE];
    const int64_t now = (w->step + 1) << ID_STEP_AT;
    for (int64_t start = 0; start < w->nodes; start += TILE) {
        const int64_t size = w->nodes - start < TILE ? w->nodes - start : TILE;
        for (int64_t i = 0; i < TILE; i++) place[i] = start + i;
        philox_words(place, size, w->step, EMIT_GROUP, w->seed, w0, w1, w2, w3);
        for (int64_t i = 0; i < size; i++) {
            const double u = unit(w0[i]);
            int64_t births = 0;
            while (u >= w->below[births]) w->birth[count++] = now | (start + i) << ID_NODE_AT | births++;
            w->emitted[start + i] += births;
        }
    }
    return count;
}

/* The row of a birth: that of a dead one, else a new one. */
static inline int64_t row_of(const World *w, int64_t birth) {
    return birth < w->holes ? w->hole[birth] : w->rows + birth - w->holes;
}

/* Give newborns their rows, content and ttl. */
static void bear(const World *w, int64_t count) {
    uint32_t w0[TILE], w1[TILE], w2[TILE], w3[TILE];
    double normal[TILE];
    for (int64_t start = 0; start < count; start += TILE) {
        const int64_t size = count - start < TILE ? count - start : TILE;
        for (int64_t i = 0; i < size; i++) {
            const int64_t row = row_of(w, start + i), id = w->birth[start + i];
            w->id[row] = id;
            w->node[row] = (uint32_t)(id >> ID_NODE_AT & 0xFFFFF);
            w->ttl[row] = (uint8_t)w->lifetime;
        }
        for (int64_t j = 0; j < w->width; j++) {
            philox_words(w->birth + start, size, w->step, BIRTH_GROUP + (j << 8), w->seed, w0, w1, w2, w3);
            for (int64_t i = 0; i < size; i++) normal[i] = central_quantile(unit(w0[i]));
            for (int64_t i = 0; i < size; i++)
                if (fabs(unit(w0[i]) - 0.5) > 0.425) normal[i] = outer_quantile(unit(w0[i]));
            for (int64_t i = 0; i < size; i++)
                w->content[row_of(w, start + i) * w->width + j] = (float)(w->mean + w->deviation * normal[i]);
        }
    }
}

/* Rows from the end move to the places of the dead that no birth has taken. */
static void close_holes(World *w, int64_t filled) {
    int64_t low = filled, high = w->holes - 1;
    while (low <= high) {
        const int64_t last = --w->rows;
        if (w->hole[high] == last) {
            high--;
            continue;
        }
        const int64_t row = w->hole[low++];
        w->id[row] = w->id[last];
        w->node[row] = w->node[last];
        w->ttl[row] = w->ttl[last];
        memcpy(w->content + row * w->width, w->content + last * w->width, w->width * sizeof(float));
    }
}

/* Each match m becomes sigmoid(gain m / sqrt(D) + logit), four at once. */
static inline void sigmoids(const World *w, double *match, int64_t size) {
    const __m256d gain = _mm256_set1_pd(w->gain), root = _mm256_set1_pd(w->root), logit = _mm256_set1_pd(w->logit);
    const __m256d one = _mm256_set1_pd(1.0), sign = _mm256_set1_pd(-0.0);
    for (int64_t i = 0; i < size; i += 4) {
        const __m256d x = _mm256_mul_pd(gain, _mm256_div_pd(_mm256_loadu_pd(match + i), root));
        const __m256d odds = exp_of(_mm256_xor_pd(sign, _mm256_add_pd(x, logit)));
        _mm256_storeu_pd(match + i, _mm256_div_pd(one, _mm256_add_pd(one, odds)));
    }
}

/* Migrate, dock, release and decay the rows start … start + size - 1; D is the width, known where this is compiled. */
static inline __attribute__((always_inline)) void live(World *w, int64_t start, int64_t size, const int64_t D) {
    const uint64_t dock_words = words_below(w->docking), absorb_words = words_below(w->absorb);
    const uint64_t clear_words = words_below(w->hazard);
    const int64_t units = to_units(w->amount);
    int64_t *id = w->id + start;
    uint32_t *node = w->node + start;
    uint8_t *ttl = w->ttl + start;
    const float *content = w->content + start * D;
    uint32_t w0[TILE], w1[TILE], w2[TILE], w3[TILE], slot[TILE];
    uint64_t fraction[TILE];
    uint8_t docks[TILE], fate[TILE];
    uint16_t who[TILE];

    for (int64_t i = 0; i < size; i++) __builtin_prefetch(w->first + node[i]);
    philox_words(id, size, w->step, VESICLE_GROUP, w->seed, w0, w1, w2, w3);
    for (int64_t i = 0; i < size; i++) {
        const uint32_t first = w->first[node[i]];
        const uint64_t scaled = (2 * (uint64_t)w0[i] + 1) * (w->first[node[i] + 1] - first);
        slot[i] = first + (uint32_t)(scaled >> 33);
        fraction[i] = scaled & 0x1FFFFFFFF;
        __builtin_prefetch(w->slots + slot[i]);
    }
    for (int64_t i = 0; i < size; i++) {
        const Slot found = w->slots[slot[i]];
        node[i] = fraction[i] < found.threshold ? found.own : found.other;
        if (D) __builtin_prefetch(w->receptor + node[i] * D);
        if (D > 4) __builtin_prefetch(w->receptor + node[i] * D + D - 1);
    }
    if (D) {
        double match[TILE] = {0.0};
        for (int64_t i = 0; i < size; i++) {
            const float *c = content + i * D, *r = w->receptor + node[i] * D;
            double sum = (double)c[0] * r[0];
            for (int64_t j = 1; j < D; j++) sum = sum + (double)c[j] * r[j];
            match[i] = sum;
        }
        sigmoids(w, match, size);
        for (int64_t i = 0; i < size; i++) docks[i] = unit(w1[i]) < match[i];
    } else {
        for (int64_t i = 0; i < size; i++) docks[i] = w1[i] < dock_words;
    }
    int64_t docked = 0;
    for (int64_t i = 0; i < size; i++) {
        who[docked] = (uint16_t)i;
        docked += docks[i];
    }
    for (int64_t k = 0; k < docked; k++) __builtin_prefetch(w->received + node[who[k]], 1);
    for (int64_t i = 0; i < size; i++) {
        const uint8_t absorbed = docks[i] & (w2[i] < absorb_words);
        const uint8_t left = --ttl[i];
        fate[i] = absorbed ? 1 : left == 0 ? 2 : w3[i] < clear_words ? 3 : 0;
    }
    for (int64_t k = 0; k < docked; k++) {
        Received *here = w->received + node[who[k]];
        here->units += D ? to_units(w->amount * (double)content[who[k] * D]) : units;
        here->docked++;
    }
    int64_t holes = w->holes, ended[4] = {0};
    for (int64_t i = 0; i < size; i++) {
        w->hole[holes] = start + i;
        holes += fate[i] != 0;
    }
    for (int64_t k = w->holes; k < holes; k++) ended[fate[w->hole[k] - start]]++;
    w->holes = holes;
    w->absorbed += ended[1];
    w->expired += ended[2];
    w->cleared += ended[3];
}

/* One step. Gives 0, or 1 where there is no room for the births. */
static int step(World *w) {
    const int64_t births = emit(w), beyond = births > w->holes ? births - w->holes : 0;
    if (w->rows + beyond + TILE > w->capacity) return 1;
    bear(w, births);
    if (beyond)
        w->rows += beyond;
    else
        close_holes(w, births);
    w->born += births;
    w->holes = 0;
    for (int64_t start = 0; start < w->rows; start += TILE) {
        const int64_t size = w->rows - start < TILE ? w->rows - start : TILE;
        switch (w->width) {
        case 0: live(w, start, size, 0); break;
        case 4: live(w, start, size, 4); break;
        case 16: live(w, start, size, 16); break;
        default: live(w, start, size, w->width);
        }
    }
    for (int64_t node = 0; node < w->nodes; node++) {
        w->level[node] = w->level[node] * w->keep + (double)w->received[node].units * QUANTUM;
        w->received[node].units = 0;
    }
    w->step++;
    return 0;
}

/* So many steps, or fewer: then gives 1. */
int run_cycle(World *w, int64_t steps) {
    int full = 0;
    while (steps-- > 0 && !full) full = step(w);
    return full;
}
