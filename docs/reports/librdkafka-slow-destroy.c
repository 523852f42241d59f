/* librdkafka 2.8.0 (Debian 13): rd_kafka_destroy () of a client whose broker
 * cannot be reached takes a second now and then, about one time in six. 2.0.2
 * (Debian 12) never did.
 *
 *   cc librdkafka-slow-destroy.c -lrdkafka && ./a.out
 *
 * Prints the times in ms. With debug=broker the threads of the client go down
 * within a millisecond, but the last "Join broker thread(s)" waits: a thread
 * that was about to sleep has missed the TERMINATE. gst-kafka works round it in
 * gst/kafka/client/client.cpp, class Undertaker. */

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <time.h>

static double
now_ms (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int
main (void)
{
  for (int i = 0; i < 30; i++) {
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new ();
    rd_kafka_conf_set (conf, "bootstrap.servers", "127.0.0.1:1", NULL, 0);
    rd_kafka_conf_set (conf, "log_level", "0", NULL, 0);
    rd_kafka_t *client
        = rd_kafka_new (RD_KAFKA_PRODUCER, conf, error, sizeof error);
    const struct rd_kafka_metadata *metadata;
    rd_kafka_metadata (client, 1, NULL, &metadata, 400);
    double before = now_ms ();
    rd_kafka_destroy (client);
    printf ("%.0f ", now_ms () - before);
  }
  printf ("\n%s\n", rd_kafka_version_str ());
  return 0;
}
