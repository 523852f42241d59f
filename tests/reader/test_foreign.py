# SPDX-License-Identifier: LGPL-2.1-or-later
"""kafkasrc plays what other programs' clients have written.

kafka-python speaks the protocol by itself; kcat is a user of librdkafka, as is
most of what is not Java. Runs in the environment of setup.sh.
"""

import hashlib
import pathlib
import tempfile
import unittest

import kafka

from test_records import SERVERS, launch, passed, run, topics

START = 1767225600000  # 2026-01-01
FRAME = 40
COUNT = 10


def pictures(encoder):
    """Encoded pictures, each another one."""
    with tempfile.TemporaryDirectory() as directory:
        launch("-q", *(
            f"videotestsrc pattern=ball num-buffers={COUNT} "
            "! video/x-raw,width=64,height=48,framerate=25/1 "
            f"! {encoder} ! multifilesink location={directory}/%03d").split())
        return [path.read_bytes()
                for path in sorted(pathlib.Path(directory).iterdir())]


def new_topic():
    topic = topics.new()
    admin = kafka.admin.KafkaAdminClient(bootstrap_servers=SERVERS.split(","))
    admin.create_topics([kafka.admin.NewTopic(
        topic, 1, 1, topic_configs={"retention.ms": "-1"})])
    admin.close()
    return topic


def play(topic, decoder, properties=""):
    """What comes out of kafkasrc; `decoder` has to take it."""
    printed = launch("-v", *(
        f"kafkasrc bootstrap-servers={SERVERS} topic={topic} "
        f"stop-position=end {properties} ! tee name=t "
        "t. ! queue ! identity name=tap silent=false ! checksumsink hash=sha1 "
        f"sync=false t. ! queue ! {decoder} ! fakesink sync=false").split())
    return passed(printed)


def produce(topic, values, **settings):
    """With a timestamp every 40 ms."""
    headers = settings.pop("headers", [])
    producer = kafka.KafkaProducer(
        bootstrap_servers=SERVERS.split(","), **settings)
    for i, value in enumerate(values):
        producer.send(topic, value=value, partition=0, headers=headers,
                      timestamp_ms=START + i * FRAME)
    producer.close()


def kcat(topic, value, *options):
    """One file is one record; its standard input would be one a line."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(value)
        file.flush()
        run(["kcat", "-P", "-b", SERVERS, "-t", topic, "-p", "0", *options,
             file.name])


def sha1(value):
    return hashlib.sha1(value).hexdigest()


class Foreign(unittest.TestCase):
    maxDiff = None

    def check(self, played, values, caps):
        self.assertEqual([b["sha1"] for b in played],
                         [sha1(value) for value in values])
        self.assertTrue(all(b["caps"].startswith(caps) for b in played),
                        played)

    def check_pace(self, played):
        self.assertEqual([b["pts"] for b in played],
                         [i * FRAME * 10**6 for i in range(len(played))])

    def test_kafka_python_with_gzip(self):
        for encoder, decoder, caps in (("jpegenc", "jpegdec", "image/jpeg"),
                                       ("pngenc", "pngdec", "image/png")):
            with self.subTest(encoder=encoder):
                topic, values = new_topic(), pictures(encoder)
                produce(topic, values, compression_type="gzip", linger_ms=50)
                played = play(topic, decoder)
                self.check(played, values, caps)
                self.check_pace(played)

    def test_kafka_python_with_a_content_type(self):
        topic, values = new_topic(), pictures("jpegenc")
        produce(topic, values, headers=[
            ("Content-Type", b"image/JPEG; charset=binary")])
        played = play(topic, "jpegdec")
        self.check(played, values, "image/jpeg")
        self.check_pace(played)

    def test_kafka_python_with_the_caps_property(self):
        topic, values = new_topic(), [bytes([i] * 12) for i in range(5)]
        produce(topic, values)
        caps = "video/x-raw,format=GRAY8,width=4,height=3,framerate=25/1"
        played = play(topic, "videoconvert", f"caps={caps}")
        self.check(played, values, "video/x-raw")
        self.check_pace(played)

    def test_kcat(self):
        for options in ([], ["-z", "gzip"], ["-z", "snappy"],
                        ["-H", "content-type=image/jpeg;q=1"], ["-k", "cam"]):
            with self.subTest(options=options):
                topic, values = new_topic(), pictures("jpegenc")[:3]
                for value in values:
                    kcat(topic, value, *options)
                played = play(topic, "jpegdec")
                self.check(played, values, "image/jpeg")
                times = [b["pts"] for b in played]
                self.assertEqual(times[0], 0)
                self.assertEqual(times, sorted(times))

    def test_others_and_ours_in_one_topic(self):
        topic, values = new_topic(), pictures("pngenc")
        produce(topic, values, compression_type="gzip")
        launch(*f"videotestsrc num-buffers=5 ! jpegenc ! kafkasink "
               f"bootstrap-servers={SERVERS} topic={topic}".split())
        produce(topic, values)
        played = play(topic, "identity")
        self.assertEqual(
            [b["caps"].split(",")[0] for b in played],
            ["image/png"] * COUNT + ["image/jpeg"] * 5 + ["image/png"] * COUNT)


def tearDownModule():
    topics.delete()


if __name__ == "__main__":
    unittest.main(verbosity=2)
