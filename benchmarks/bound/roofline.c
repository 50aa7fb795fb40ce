/* What the machine can do: bytes streamed, random look-ups, draws. Each is called from as many threads as are asked for. */
#include "philox.h"

#define AHEAD 32 /* look-ups that are under way at once */
#define TILE 512

void copy(double *to, const double *from, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] = from[i];
}

void triad(double *to, const double *a, const double *b, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] = a[i] + 3.0 * b[i];
}

/* `where` holds count + AHEAD places of the table. */
double gather(const double *table, const int32_t *where, int64_t count) {
    double sum[4] = {0.0};
    for (int64_t i = 0; i + 4 <= count; i += 4)
        for (int j = 0; j < 4; j++) {
            __builtin_prefetch(table + where[i + j + AHEAD]);
            sum[j] += table[where[i + j]];
        }
    return sum[0] + sum[1] + sum[2] + sum[3];
}

/* The words of `count` blocks, folded into one. */
uint32_t philox(int64_t count) {
    int64_t id[TILE];
    uint32_t w0[TILE], w1[TILE], w2[TILE], w3[TILE], folded = 0;
    for (int64_t i = 0; i < TILE; i++) id[i] = i;
    for (int64_t start = 0; start < count; start += TILE) {
        philox_words(id, TILE, (uint64_t)start, 0, 7, w0, w1, w2, w3);
        for (int64_t i = 0; i < TILE; i++) folded ^= w0[i] ^ w1[i] ^ w2[i] ^ w3[i];
    }
    return folded;
}
