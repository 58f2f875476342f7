#ifndef RELEVO_STORE_LANE_PRIVATE_H
#define RELEVO_STORE_LANE_PRIVATE_H

#include "store/lane.h"

/* What a lane does when its connection says something; the context is the lane. */
extern const struct connection_handler lane_handler;

#endif
