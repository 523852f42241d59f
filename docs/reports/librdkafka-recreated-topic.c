/* librdkafka 2.4 to 2.9 (Debian 13 has 2.8.0): a client uses memory that it has
 * freed, and may abort ("free(): double free detected"), when a topic was
 * deleted and made anew between two looks at the metadata. 2.0.2 (Debian 12)
 * knows no topic ids, 2.10 has it mended.
 *
 *   cc librdkafka-recreated-topic.c -lrdkafka
 *   valgrind ./a.out localhost:9092
 *
 * rd_kafka_metadata_cache_insert () puts the new entry, with another topic id,
 * into the tree of names in place of the old one and frees that, but leaves it
 * in the tree of ids; the next insertion there meets it. Whoever looks while
 * the topic is not there is spared. gst-kafka cannot work round it. */

#include <librdkafka/rdkafka.h>
#include <stdio.h>

#define TOPIC "recreated-topic"

static rd_kafka_t *
new_client (const char *servers)
{
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new ();
  rd_kafka_conf_set (conf, "bootstrap.servers", servers, NULL, 0);
  return rd_kafka_new (RD_KAFKA_PRODUCER, conf, error, sizeof error);
}

/* Of this topic only: so it is kept. */
static void
look (rd_kafka_t *client, rd_kafka_topic_t *topic)
{
  const struct rd_kafka_metadata *metadata;
  if (!rd_kafka_metadata (client, 0, topic, &metadata, 5000)) {
    printf ("%d partitions\n", metadata->topics[0].partition_cnt);
    rd_kafka_metadata_destroy (metadata);
  }
}

static void
make_anew (rd_kafka_t *admin)
{
  char error[256];
  rd_kafka_queue_t *queue = rd_kafka_queue_new (admin);
  rd_kafka_DeleteTopic_t *old = rd_kafka_DeleteTopic_new (TOPIC);
  rd_kafka_DeleteTopics (admin, &old, 1, NULL, queue);
  rd_kafka_event_destroy (rd_kafka_queue_poll (queue, 10000));
  rd_kafka_DeleteTopic_destroy (old);
  rd_kafka_NewTopic_t *new
      = rd_kafka_NewTopic_new (TOPIC, 1, 1, error, sizeof error);
  rd_kafka_CreateTopics (admin, &new, 1, NULL, queue);
  rd_kafka_event_destroy (rd_kafka_queue_poll (queue, 10000));
  rd_kafka_NewTopic_destroy (new);
  rd_kafka_queue_destroy (queue);
}

int
main (int argc, char **argv)
{
  const char *servers = argc > 1 ? argv[1] : "localhost:9092";
  rd_kafka_t *admin = new_client (servers);
  rd_kafka_t *client = new_client (servers);
  rd_kafka_topic_t *topic = rd_kafka_topic_new (client, TOPIC, NULL);
  for (int i = 0; i < 10; i++) {
    make_anew (admin);
    look (client, topic);
    look (client, topic);
  }
  rd_kafka_topic_destroy (topic);
  rd_kafka_destroy (client);
  rd_kafka_destroy (admin);
  printf ("%s\n", rd_kafka_version_str ());
  return 0;
}
