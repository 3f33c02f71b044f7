/* Student-proposing deferred acceptance over CSR lists: the yardstick for the engine's kernel.
 *
 * Proposals go in first-in-first-out rounds, so the rows that a round will read are known ahead and prefetched.
 * No rank table is built: a slot's list is searched only up to its cutoff, the position of its worst holder once
 * it is full, and a cutoff only ever moves up. Lists of slots longer than LONG are transposed once instead, so that
 * a position is a binary search among the student's own entries.
 *
 *   cc -O3 -march=native -shared -fPIC deferred_acceptance.c -o deferred_acceptance.so
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LONG 128
#define AHEAD 16

typedef struct {
    int64_t *start;
    int32_t *row, *position;
} transposed;

static int transpose(transposed *t, int64_t n, int64_t m, const int64_t *indptr, const int32_t *indices)
{
    int64_t total = 0;
    for (int64_t j = 0; j < m; j++)
        if (indptr[j + 1] - indptr[j] > LONG)
            total += indptr[j + 1] - indptr[j];
    t->start = NULL;
    t->row = t->position = NULL;
    if (!total)
        return 0;
    t->start = calloc((size_t)n + 2, sizeof *t->start);
    t->row = malloc((size_t)total * sizeof *t->row);
    t->position = malloc((size_t)total * sizeof *t->position);
    if (!t->start || !t->row || !t->position)
        return -1;
    for (int64_t j = 0; j < m; j++)
        if (indptr[j + 1] - indptr[j] > LONG)
            for (int64_t e = indptr[j]; e < indptr[j + 1]; e++)
                t->start[indices[e] + 2]++;
    for (int64_t i = 0; i < n; i++)
        t->start[i + 2] += t->start[i + 1];
    for (int64_t j = 0; j < m; j++)
        if (indptr[j + 1] - indptr[j] > LONG)
            for (int64_t e = indptr[j]; e < indptr[j + 1]; e++) {
                int64_t at = t->start[indices[e] + 1]++;
                t->row[at] = (int32_t)j;
                t->position[at] = (int32_t)(e - indptr[j]);
            }
    return 0;
}

static int64_t look_up(const transposed *t, int32_t student, int32_t slot)
{
    int64_t low = t->start[student], high = t->start[student + 1];
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (t->row[middle] < slot)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < t->start[student + 1] && t->row[low] == slot)
        return t->position[low];
    return INT64_MAX;
}

/* matched: slot of each student, -1 for none. Returns the number of proposals, or -1 without memory. */
int64_t deferred_acceptance(int64_t n, int64_t m, const int64_t *sp, const int32_t *si, const int64_t *hp,
                            const int32_t *hi, const int32_t *capacity, int32_t *matched)
{
    int64_t proposals = 0, length = 0;
    transposed t;
    int64_t *following = malloc((size_t)n * sizeof *following);
    int32_t *limit = malloc((size_t)m * sizeof *limit), *count = calloc((size_t)m, sizeof *count);
    int32_t *queue = malloc((size_t)n * sizeof *queue), *spare = malloc((size_t)n * sizeof *spare);
    if (!following || !limit || !count || !queue || !spare || transpose(&t, n, m, hp, hi))
        return -1;
    for (int64_t i = 0; i < n; i++) {
        matched[i] = -1;
        following[i] = sp[i];
        if (sp[i] < sp[i + 1])
            queue[length++] = (int32_t)i;
    }
    for (int64_t j = 0; j < m; j++)
        limit[j] = capacity[j] ? (int32_t)(hp[j + 1] - hp[j]) : 0;
    while (length) {
        int64_t next = 0;
        for (int64_t k = 0; k < length; k++) {
            if (k + 3 * AHEAD < length)
                __builtin_prefetch(&following[queue[k + 3 * AHEAD]]);
            if (k + 2 * AHEAD < length)
                __builtin_prefetch(&si[following[queue[k + 2 * AHEAD]]]);
            if (k + AHEAD < length) {
                const int32_t *row = hi + hp[si[following[queue[k + AHEAD]]]];
                __builtin_prefetch(row);
                __builtin_prefetch(row + 16);
            }
            int32_t i = queue[k], j = si[following[i]++];
            const int32_t *row = hi + hp[j];
            int64_t p = 0, end = limit[j];
            proposals++;
            if (hp[j + 1] - hp[j] > LONG)
                p = look_up(&t, i, j);
            else
                while (p < end && row[p] != i)
                    p++;
            if (p >= end) {
                if (following[i] < sp[i + 1])
                    spare[next++] = i;
                continue;
            }
            matched[i] = j;
            if (count[j] == capacity[j]) {
                int32_t worst = row[end];
                matched[worst] = -1;
                if (following[worst] < sp[worst + 1])
                    spare[next++] = worst;
            } else if (++count[j] < capacity[j])
                continue;
            do
                end--;
            while (matched[row[end]] != j);
            limit[j] = (int32_t)end;
        }
        int32_t *other = queue;
        queue = spare;
        spare = other;
        length = next;
    }
    free(following), free(limit), free(count), free(queue), free(spare);
    free(t.start), free(t.row), free(t.position);
    return proposals;
}

/* One pass over everything that has to be read at least once. */
int64_t one_pass(int64_t a, const int32_t *first, int64_t b, const int32_t *second)
{
    int64_t sum = 0;
    for (int64_t k = 0; k < a; k++)
        sum += first[k];
    for (int64_t k = 0; k < b; k++)
        sum += second[k];
    return sum;
}
