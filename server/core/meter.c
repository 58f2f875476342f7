#include "core/meter.h"

#include <stdbool.h>

static void meter_turn(struct meter *meter, int64_t now_us)
{
    int64_t passed_us = now_us - meter->since_us;
    if (passed_us < METER_WINDOW_US)
        return;
    bool is_next = passed_us < 2 * METER_WINDOW_US;
    meter->before = is_next ? meter->now : 0;
    meter->since_us = is_next ? meter->since_us + METER_WINDOW_US : now_us;
    meter->now = 0;
}

void meter_count(struct meter *meter, int64_t now_us)
{
    meter_turn(meter, now_us);
    meter->now++;
}

/* Of the window before, as much counts as is not older than a window. */
int64_t meter_per_ks(const struct meter *meter, int64_t now_us)
{
    struct meter turned = *meter;
    meter_turn(&turned, now_us);
    int64_t left_us = METER_WINDOW_US - (now_us - turned.since_us);
    int64_t window_ms = METER_WINDOW_US / 1000;
    return ((int64_t)turned.now * 1000 + (int64_t)turned.before * (left_us / 1000) * 1000 / window_ms) *
           1000 / window_ms;
}
