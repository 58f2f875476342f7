#ifndef RELEVO_NET_LWS_LOG_H
#define RELEVO_NET_LWS_LOG_H

/* From now on what libwebsockets complains about goes to our log, some lines a second at most: any stranger
 * can make it complain. */
void lws_log_start(void);

#endif
