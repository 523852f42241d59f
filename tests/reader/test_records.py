# SPDX-License-Identifier: LGPL-2.1-or-later
"""What kafkasink writes is what read_records.py reads.

Each pipeline has a branch without Kafka, which tells what passes: bytes,
timestamps, flags, caps. Runs in the environment of setup.sh.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import uuid

import kafka
import kafka.admin

SERVERS = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
READER = pathlib.Path(__file__).with_name("read_records.py")
NONE = 2**64 - 1

JPEG = "videotestsrc num-buffers={} ! video/x-raw,width=64,height=48," \
       "framerate=25/1 ! jpegenc"
H264 = "videotestsrc num-buffers=60 ! video/x-raw,format=I420,width=64," \
       "height=48,framerate=25/1 ! x264enc bframes=2 b-adapt=false " \
       "key-int-max=20 ! h264parse ! video/x-h264,stream-format=avc"
VORBIS = "audiotestsrc num-buffers=100 ! audio/x-raw,rate=48000,channels=1 " \
         "! vorbisenc"
THEORA = "videotestsrc num-buffers=30 ! video/x-raw,width=64,height=48," \
         "framerate=25/1 ! theoraenc"


class Topics:
    """Topics that are gone when the tests are over."""

    def __init__(self):
        self.names = []

    def new(self):
        self.names.append(f"test-reader-{uuid.uuid4()}")
        return self.names[-1]

    def delete(self):
        admin = kafka.admin.KafkaAdminClient(
            bootstrap_servers=SERVERS.split(","))
        there = set(admin.list_topics())
        admin.delete_topics([name for name in self.names if name in there])
        admin.close()


topics = Topics()


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stderr.decode()}")
    return done.stdout.decode()


def sink(topic, partitions=1, **properties):
    properties = {"bootstrap-servers": SERVERS, "topic": topic,
                  "create-topic": "true", **properties}
    text = " ".join(f'{name.replace("_", "-")}="{value}"'
                    for name, value in properties.items())
    return f"kafkasink {text} topic-config=t,partitions={partitions}"


def launch(*arguments):
    """Runs a pipeline and returns what it printed."""
    return run(["gst-launch-1.0", *arguments])


def publish(source, *sink_arguments, **sink_properties):
    """Runs the source into kafkasink and beside it; what has passed."""
    printed = launch("-v", *(
        f"{source} ! tee name=t ! queue ! "
        f"{sink(*sink_arguments, **sink_properties)} "
        "t. ! queue ! identity name=tap silent=false "
        "! checksumsink hash=sha1 sync=false").split())
    return passed(printed)


def nanoseconds(text):
    if text == "none":
        return None
    hours, minutes, seconds, fraction = map(int, re.split("[:.]", text))
    return ((hours * 60 + minutes) * 60 + seconds) * 10**9 + fraction


def passed(printed):
    """What identity and checksumsink have said, a dictionary a buffer."""
    start = base = 0
    buffers = []
    caps = None
    for line in printed.splitlines():
        found = re.search(r'tap:sink.* caps=\(GstCaps\)'
                          r'(?:"((?:[^"\\]|\\.)*)"|([^"; ]+))', line)
        if found:
            caps = re.sub(r"\\(.)", r"\1", found[1] or found[2])
        segment = re.search(r"tap:sink.*base=\(guint64\)(\d+).*"
                            r"start=\(guint64\)(\d+)", line)
        if segment:
            base, start = map(int, segment.groups())
        match = re.search(
            r"chain .*\(tap:sink\) \((\d+) bytes, dts: (\S+), pts: (\S+), "
            r"duration: (\S+), offset: +(-?\d+), offset_end: +(-?\d+), "
            r"flags: ([0-9a-f]+)", line)
        if match:
            dts, pts, duration = map(nanoseconds, match.groups()[1:4])
            buffers.append(without_none({
                "size": int(match[1]),
                "pts": pts if pts is None else pts - start + base,
                "dts": dts if dts is None else dts - start + base,
                "duration": duration,
                "buffer_offset": count(match[5]),
                "buffer_offset_end": count(match[6]),
                "flags": (int(match[7], 16) & ~0x400f) or None,
                "caps": caps,
            }))
    sums = re.findall(r"^[0-9:.]+ ([0-9a-f]{40})$", printed, re.MULTILINE)
    assert len(sums) == len(buffers) > 0, f"{len(sums)} of {len(buffers)} sums"
    for buffer, found in zip(buffers, sums):
        buffer["sha1"] = found
    return buffers


def count(text):
    number = int(text) % 2**64
    return None if number == NONE else number


def without_none(fields):
    return {name: value for name, value in fields.items() if value is not None}


def read(topic, *arguments, verify=True):
    printed = run([sys.executable, READER, "--bootstrap-servers", SERVERS,
                   "--topic", topic, *arguments]
                  + (["--verify"] if verify else []))
    return [json.loads(line) for line in printed.splitlines()]


def tags_of(records):
    """All tags of a stream, the latest of each scope."""
    tags = {}
    for record in records:
        for event in record.get("events", []):
            if "tags" in event:
                tags[event["tags"]["scope"]] = event["tags"]["tags"]
    return tags


class Records(unittest.TestCase):
    """Names of the tests are facts."""

    maxDiff = 4000

    def check_same(self, records, expected):
        """The records are these buffers and an EOS record."""
        self.assertEqual(
            [record["kind"] for record in records],
            ["buffer"] * len(expected) + ["eos"])
        for record, buffer in zip(records, expected):
            self.assertEqual(
                {name: record.get(name) for name in (
                    "size", "sha1", "pts", "dts", "duration", "buffer_offset",
                    "buffer_offset_end", "flags", "caps")},
                {name: buffer.get(name) for name in (
                    "size", "sha1", "pts", "dts", "duration", "buffer_offset",
                    "buffer_offset_end", "flags", "caps")})
        self.assertEqual([record["seq"] for record in records],
                         list(range(len(records))))

    def test_jpeg_is_read_with_its_tags(self):
        topic = topics.new()
        expected = publish(JPEG.format(60)
                           + " ! taginject tags=title=Yard", topic)
        records = read(topic)
        self.check_same(records, expected)
        self.assertTrue(all(r["is_sync_point"] for r in records[:-1]))
        self.assertEqual(tags_of(records)["stream"]["title"],
                         ["string", "Yard"])
        # Once a second: 60 pictures are 2.4 s.
        self.assertEqual([r["seq"] for r in records if r["has_caps"]],
                         [0, 25, 50])

    def test_h264_is_read_with_negative_dts(self):
        topic = topics.new()
        expected = publish(H264, topic)
        records = read(topic)
        self.check_same(records, expected)
        self.assertLess(records[0]["dts"], 0)
        pts = [r["pts"] for r in records[:-1]]
        self.assertNotEqual(pts, sorted(pts))
        self.assertIn("codec_data=(buffer)01", records[0]["caps"])
        sync_points = [r for r in records[:-1] if r["is_sync_point"]]
        self.assertEqual(len(sync_points), 3)
        self.assertTrue(all(r["has_caps"] for r in sync_points))

    def test_stream_headers_are_read_in_caps(self):
        for source in (VORBIS, THEORA):
            topic = topics.new()
            expected = publish(source, topic)
            records = read(topic)
            self.check_same(records, expected)
            self.assertIn("streamheader=(buffer)<", records[0]["caps"])

    def test_key_is_found_in_its_partition(self):
        topic = topics.new()
        for key in ("door", "cam1", "foobar", "ä", "lane", "12345"):
            expected = publish(JPEG.format(2), topic, 8, key=key)
            records = read(topic, "--key", key)
            self.check_same(records, expected)
            self.assertEqual({r["key"] for r in records}, {key})
            found = records[0]["partition"]
            everything = read(topic, "--partition", str(found))
            self.assertEqual(
                [r for r in everything if r["key"] == key][0]["offset"],
                records[0]["offset"])

    def test_key_and_partition_may_both_be_given(self):
        topic = topics.new()
        expected = publish(JPEG.format(2), topic, 8, key="cam1", partition=3)
        self.assertEqual(read(topic, "--key", "cam1"), [])
        self.check_same(read(topic, "--key", "cam1", "--partition", "3"),
                        expected)

    def test_sessions_follow_each_other(self):
        topic = topics.new()
        first = publish(JPEG.format(5), topic)
        second = publish(JPEG.format(5), topic)
        records = read(topic)
        self.assertEqual(len(records), 12)
        self.check_same(records[:6], first)
        self.check_same(records[6:], second)
        self.assertEqual([r["session_number"] for r in records],
                         [0] * 6 + [1] * 6)
        self.assertEqual(
            [r["position"] for r in records if r["kind"] == "buffer"],
            [i * 40000000 for i in range(10)])

    def test_streams_of_a_pipeline_are_of_one_session(self):
        picture, sound = topics.new(), topics.new()
        launch(*f"{JPEG.format(10)} ! {sink(picture)} "
               f"{VORBIS} ! {sink(sound)}".split())
        records = read(picture) + read(sound)
        self.assertEqual(len({r["session"] for r in records}), 1)
        self.assertEqual(len({r["utc"] for r in records if "utc" in r}), 1)

    def test_eos_record_can_be_left_out(self):
        topic = topics.new()
        publish(JPEG.format(2), topic, eos_record="false")
        self.assertEqual([r["kind"] for r in read(topic)], ["buffer"] * 2)

    def test_caps_interval_is_kept(self):
        topic = topics.new()
        publish(JPEG.format(6), topic, caps_interval=80000000)
        records = read(topic, "--caps-interval", "80000000")
        self.assertTrue(all(records[i]["has_caps"] for i in (0, 2, 4)))

    def test_empty_buffers_are_no_eos_records(self):
        topic = topics.new()
        launch(*f"fakesrc num-buffers=3 sizetype=empty ! {sink(topic)}".split())
        records = read(topic)
        self.assertEqual([(r["kind"], r["size"]) for r in records],
                         [("buffer", 0)] * 3 + [("eos", None)])

    def test_records_of_others_are_told_from_malformed_ones(self):
        topic = topics.new()
        publish(JPEG.format(2), topic)
        for headers in ([], ["content-type=image/jpeg"],
                        ["gst.version=1", "gst.session=s", "gst.seq=-1"],
                        ["gst.version=2", "gst.session=s", "gst.seq=0"],
                        ["gst.version=1", "gst.session=s", "gst.seq=0"]):
            options = [part for h in headers for part in ("-H", h)]
            run(["kcat", "-P", "-b", SERVERS, "-t", topic, "-p", "0", *options],
                input=b"picture")
        records = read(topic, verify=False)[3:]
        self.assertEqual([r["kind"] for r in records],
                         ["foreign", "foreign", "malformed", "malformed",
                          "buffer"])
        self.assertEqual(records[1]["content_type"], "image/jpeg")
        self.assertEqual(records[0]["position"], 80000000)
        self.assertEqual({r["sha1"] for r in records},
                         {hashlib.sha1(b"picture").hexdigest()})
        with self.assertRaises(AssertionError):
            read(topic, verify=True)


    def test_chunks_are_put_together(self):
        topic = topics.new()
        write(topic, [
            chunk(0, "0/3", b"one", ("gst.pts", b"0"), ("gst.duration", b"5")),
            chunk(0, "0/2", b"1", session=b"t"),
            chunk(1, "1/3", b"two"),
            chunk(1, "1/3", b"two"),
            chunk(1, "1/2", b"2", session=b"t"),
            chunk(2, "2/3", b"three"),
            chunk(3, None, b"whole"),
            chunk(4, "0/1", b"alone")])
        records = read(topic, verify=False)
        self.assertEqual([r["kind"] for r in records],
                         ["chunk"] * 4 + ["buffer"] * 4)
        self.assertEqual([r["sha1"] for r in records[4:]],
                         [hashlib.sha1(value).hexdigest() for value in (
                             b"12", b"onetwothree", b"whole", b"alone")])
        self.assertEqual(records[3]["status"], "duplicate")
        whole = records[5]
        self.assertEqual(
            (whole["offset"], whole["seq"], whole["pts"], whole["size"]),
            (0, 0, 0, 11))
        self.assertFalse(any("set_aside" in r for r in records))

    def test_incomplete_chunks_are_set_aside(self):
        topic = topics.new()
        write(topic, [
            chunk(7, "1/3", b"late"), chunk(8, "2/3", b"late"),
            chunk(9, "0/3", b"one"), chunk(11, "2/3", b"three"),
            chunk(12, "0/2", b"one"), chunk(13, "1/3", b"two"),
            chunk(14, "0/2", b"one"), chunk(15, None, b"whole"),
            chunk(17, "1/2", b"two"),
            chunk(18, "0/2", b"one"), chunk(19, "1/2", b""),
            chunk(20, "0/536870914", b"one"),
            chunk(21, "0/2", b"one"), chunk(22, "1/2", b"two")])
        records = read(topic, verify=False)
        self.assertEqual(
            {r["offset"]: r["set_aside"] for r in records if "set_aside" in r},
            {3: [2], 5: [4], 7: [6], 8: [8], 10: [9], 11: [11]})
        self.assertEqual([r["offset"] for r in records
                          if r["kind"] == "buffer"], [7, 12])
        self.assertEqual([r["missing"] for r in records if r["missing"]],
                         [1, 1])


def chunk(seq, name, value, *headers, session=b"s"):
    if name:
        headers += (("gst.chunk", name.encode()),)
    return value, [("gst.version", b"1"), ("gst.session", session),
                   ("gst.seq", str(seq).encode()), *headers]


def write(topic, records):
    admin = kafka.admin.KafkaAdminClient(bootstrap_servers=SERVERS.split(","))
    admin.create_topics([kafka.admin.NewTopic(topic, 1, 1)])
    admin.close()
    producer = kafka.KafkaProducer(bootstrap_servers=SERVERS.split(","))
    for value, headers in records:
        producer.send(topic, value, headers=headers, partition=0)
    producer.close()


def tearDownModule():
    topics.delete()


if __name__ == "__main__":
    unittest.main(verbosity=2)
