#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads a stream of docs/record-format.md, written from that text alone.

Prints one JSON object a record, and with --verify says on standard error where
the records break the rules of the format; then the exit status is 1.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import time

import kafka

MAX_TIME = 2**62 - 1
MAX_SPAN = 2**61 - 1
MAX_COUNT = 2**64 - 2
MAX_HEADERS = 256
MAX_TEXT = 4 * 1024 * 1024
MAX_BRACKETS = 6
MAX_LEVELS = 8
MAX_BUFFER = 2**29
MAX_CHUNKS = 2**16

DELTA_UNIT = 0x2000
HEADER = 0x400
NEVER_WRITTEN = 0x400f


class Malformed(Exception):
    """A record that does not follow the format."""


# ---- text of GStreamer ----


class Text:
    """Takes serialised caps, structures and tag lists apart."""

    NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+/:.-]*")
    PLAIN = re.compile(r"[A-Za-z0-9_+/:.-]+")
    FIELD = re.compile(r"([A-Za-z0-9_+/:.-]+)=\(([A-Za-z0-9_+/:.-]+)\)")
    QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
    ESCAPED = re.compile(rb"\\([0-3][0-7]{2}|.)", re.DOTALL)

    def __init__(self, text, level=0):
        if level > MAX_LEVELS:
            raise Malformed("texts too deep inside of each other")
        self.text = text
        self.level = level
        self.at = 0
        self.brackets = 0

    def take(self, pattern, what):
        match = pattern.match(self.text, self.at)
        if not match:
            raise Malformed(f"no {what} at character {self.at}")
        self.at = match.end()
        return match

    def has(self, literal):
        if not self.text.startswith(literal, self.at):
            return False
        self.at += len(literal)
        return True

    def caps(self):
        caps = {"name": self.take(self.NAME, "name")[0]}
        if self.has("("):
            end = self.text.find(")", self.at)
            if end < 0:
                raise Malformed("features without an end")
            caps["features"] = self.text[self.at:end]
            self.at = end + 1
        caps["fields"] = self.fields()
        self.has(";")
        self.end()
        return caps

    def structure(self):
        name = self.take(self.NAME, "name")[0]
        fields = self.fields()
        if not self.has(";"):
            raise Malformed("no ; at the end")
        self.end()
        return {"name": name, "fields": fields}

    def fields(self):
        fields = {}
        while self.has(", "):
            name, kind = self.take(self.FIELD, "field").groups()
            fields[name] = [kind, self.value(kind)]
        return fields

    def value(self, kind):
        for opening, closing in (("{ ", " }"), ("< ", " >")):
            if self.has(opening):
                return self.several(kind, opening, closing)
        if self.text.startswith('"', self.at):
            value = self.unescape(self.take(self.QUOTED, "quoted value")[1])
        else:
            value = self.take(self.PLAIN, "value")[0]
        self.check(kind, value)
        return value

    def several(self, kind, opening, closing):
        self.brackets += 1
        if self.brackets > MAX_BRACKETS:
            raise Malformed("too many brackets")
        values = [self.value(kind)]
        while self.has(", "):
            values.append(self.value(kind))
        if not self.has(closing):
            raise Malformed(f"no {closing} at character {self.at}")
        self.brackets -= 1
        return {"list" if opening == "{ " else "array": values}

    def check(self, kind, value):
        if kind in ("int", "uint", "gint64", "guint64"):
            self.must(r"-?\d+", kind, value)
        elif kind == "fraction":
            self.must(r"-?\d+/\d+", kind, value)
        elif kind == "boolean":
            self.must(r"true|false", kind, value)
        elif kind == "buffer":
            self.must(r"([0-9A-Fa-f]{2})*", kind, value)
        elif kind == "GstCaps":
            Text(value, self.level + 1).caps()
        elif kind in ("structure", "taglist"):
            Text(value, self.level + 1).structure()
        elif kind == "sample":
            self.sample(value)

    def sample(self, value):
        parts = value.split(":")
        if len(parts) != 4:
            raise Malformed("a sample of other than four parts")
        if parts[0] != "None":
            self.check("buffer", parts[0])
        for part, parse in zip(parts[1:], ("caps", "structure", "structure")):
            if part == "None":
                continue
            text = base64.b64decode(part.replace("_", "="))
            if not text.endswith(b"\0"):
                raise Malformed("a sample's text does not end with 0")
            inner = Text(text[:-1].decode(), self.level + 1)
            getattr(inner, parse)()

    @staticmethod
    def must(pattern, kind, value):
        if not re.fullmatch(pattern, value, re.ASCII):
            raise Malformed(f"'{value[:40]}' is no {kind}")

    def unescape(self, text):
        def char(match):
            escaped = match[1]
            return bytes([int(escaped, 8)]) if len(escaped) == 3 else escaped

        return self.ESCAPED.sub(char, text.encode()).decode()

    def end(self):
        if self.at != len(self.text):
            raise Malformed(f"more than expected at character {self.at}")


def text_of(value):
    """The value as text, if a parser may have it."""
    if not 0 < len(value) <= MAX_TEXT:
        raise Malformed("no text, or too much")
    if b"\0" in value:
        raise Malformed("a NUL in it")
    return value.decode()


# ---- headers ----


def take_time(value):
    if not re.fullmatch(rb"-?[0-9]+", value):
        raise Malformed("no number")
    return in_range(int(value), -MAX_TIME, MAX_TIME)


def take_span(value):
    return take_count(value, MAX_SPAN)


def take_count(value, highest=MAX_COUNT):
    if not re.fullmatch(rb"[0-9]+", value):
        raise Malformed("no number")
    return in_range(int(value), 0, highest)


def in_range(number, lowest, highest):
    if not lowest <= number <= highest:
        raise Malformed("out of range")
    return number


def take_version(value):
    if value != b"1":
        raise Malformed("another version")
    return 1


def take_session(value):
    if not re.fullmatch(rb"[\x21-\x7e]{1,128}", value):
        raise Malformed("no id")
    return value.decode()


def take_flags(value):
    if not re.fullmatch(rb"0x[0-9A-Fa-f]+", value):
        raise Malformed("no hexadecimal number")
    flags = in_range(int(value, 16), 0, 2**32 - 1)
    if flags & NEVER_WRITTEN:
        raise Malformed("flags that do not travel")
    return flags


def take_chunk(value):
    match = re.fullmatch(rb"([0-9]+)/([0-9]+)", value)
    if not match:
        raise Malformed("not i/n")
    index, count = map(int, match.groups())
    in_range(count, 1, 2**32 - 1)
    return [in_range(index, 0, count - 1), count]


def take_caps(value):
    text = text_of(value)
    caps = Text(text).caps()
    if '"list"' in json.dumps(caps) or caps["name"] in ("ANY", "EMPTY"):
        raise Malformed("not fixed")
    return text


def take_tags(value):
    tags = Text(text_of(value)).structure()
    scopes = {"taglist": "stream", "taglist-global": "global"}
    if tags["name"] not in scopes:
        raise Malformed("not named taglist")
    return {"scope": scopes[tags["name"]], "tags": tags["fields"]}


def take_event(value):
    return Text(text_of(value)).structure()


def take_eos(value):
    if value != b"1":
        raise Malformed("not 1")
    return True


# Header: name in the output, how it is read.
HEADERS = {
    "gst.version": ("version", take_version),
    "gst.session": ("session", take_session),
    "gst.seq": ("seq", take_count),
    "gst.pts": ("pts", take_time),
    "gst.dts": ("dts", take_time),
    "gst.duration": ("duration", take_span),
    "gst.offset": ("buffer_offset", take_count),
    "gst.offset-end": ("buffer_offset_end", take_count),
    "gst.flags": ("flags", take_flags),
    "gst.caps": ("caps", take_caps),
    "gst.utc": ("utc", take_time),
    "gst.chunk": ("chunk", take_chunk),
    "gst.tags": ("tags", take_tags),
    "gst.event": ("event", take_event),
    "gst.eos": ("eos", take_eos),
}
EVENTS = ("gst.tags", "gst.event")
REQUIRED = ("gst.version", "gst.session", "gst.seq")


def decode_headers(headers):
    """What the headers say; None for a foreign record."""
    if not any(name.startswith("gst.") for name, _ in headers):
        return None
    if len(headers) > MAX_HEADERS:
        raise Malformed("too many headers")
    fields = {}
    events = []
    for name, value in headers:
        if name not in HEADERS:
            continue
        field, take = HEADERS[name]
        if field in fields:
            raise Malformed(f"{name} is repeated")
        try:
            taken = take(value or b"")
        except (Malformed, ValueError) as error:
            raise Malformed(f"{name}: {error}") from error
        if name in EVENTS:
            events.append({field: taken})
        else:
            fields[field] = taken
    for name in REQUIRED:
        if HEADERS[name][0] not in fields:
            raise Malformed(f"{name} is missing")
    if events:
        fields["events"] = events
    return fields


# ---- streams and sessions ----


def is_intra_only(caps):
    name = Text.NAME.match(caps or "-")
    return bool(name) and (
        name[0].startswith(("image/", "audio/")) or name[0] == "video/x-raw")


class Stream:
    """What is remembered of one stream in one session."""

    def __init__(self):
        self.next = None
        self.caps = None
        self.utc = None
        self.chunks = Chunks()

    def count(self, seq):
        """The record's place, and how many are missing before it."""
        expected = seq if self.next is None else self.next
        if seq < expected:
            return "duplicate", 0
        self.next = seq + 1
        return ("next" if seq == expected else "gap"), seq - expected


class Chunks:
    """One stream's chunks on their way to be buffers."""

    def __init__(self):
        self.fields = None  # of chunk 0, while there is an unfinished buffer
        self.offset = None
        self.values = []
        self.rest = 0  # chunks with a lower gst.seq are of a buffer set aside

    def interrupt(self):
        """Something else came. The offset of the buffer that is set aside."""
        if self.fields is None:
            return None
        self.rest = self.fields["seq"] + self.fields["chunk"][1]
        self.fields = None
        return self.offset

    def take(self, fields, value, offset, is_first):
        """(whole, broken): the fields and bytes of a buffer that is complete
        now, and the offsets of those that are set aside."""
        index, count = fields["chunk"]
        broken = []
        if self.fields is not None:
            due = len(self.values)
            if (value and [index, count] == [due, self.fields["chunk"][1]]
                    and fields["seq"] == self.fields["seq"] + due):
                return self.add(value), broken
            broken.append(self.interrupt())
        if index > 0:
            if fields["seq"] >= self.rest:
                if not is_first:
                    broken.append(offset)
                self.rest = fields["seq"] - index + count
            return None, broken
        self.fields, self.offset, self.values = fields, offset, []
        self.rest = 0
        if (not value or count > MAX_CHUNKS
                or (count - 1) * len(value) >= MAX_BUFFER):
            return None, broken + [self.interrupt()]
        return self.add(value), broken

    def add(self, value):
        self.values.append(value)
        if len(self.values) < self.fields["chunk"][1]:
            return None
        whole = self.fields, b"".join(self.values), self.offset
        self.fields = None
        return whole


class Recording:
    """Sessions one after the other, or at the same time."""

    TOGETHER = 2 * 10**9

    def __init__(self):
        self.session = None
        self.number = -1
        self.offsets = {}
        self.end = 0

    def place(self, session, start, duration):
        """The position of a record, None without a time."""
        returns = session != self.session
        if returns:
            self.session = session
            self.number += 1
        if start is None:
            return None
        if returns and session in self.offsets:
            far = abs(start + self.offsets[session] - self.end)
            if far > self.TOGETHER:
                del self.offsets[session]
        if session not in self.offsets:
            # The times of foreign records count from 1970.
            keeps = self.number == 0 and session != ""
            self.offsets[session] = 0 if keeps else self.end - start
        position = start + self.offsets[session]
        self.end = max(self.end, position + duration)
        return position


class Reader:
    """From records in the order of the log to what they mean."""

    def __init__(self):
        self.streams = {}
        self.recording = Recording()

    def read(self, record):
        """The record as a dictionary."""
        value = record.value
        out = {
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp,
            "key": record.key and record.key.decode(errors="replace"),
            "size": None if value is None else len(value),
            "sha1": None if value is None else hashlib.sha1(value).hexdigest(),
        }
        try:
            fields = decode_headers(record.headers or [])
            if fields and value is None and "eos" not in fields:
                raise Malformed("a null value")
        except Malformed as error:
            return {**out, "kind": "malformed", "error": str(error)}
        if fields is None:
            return self.foreign(record, out)
        return self.own(record, out, fields)

    def foreign(self, record, out):
        if record.value is None:
            return {**out, "kind": "nothing"}
        names = {name.lower(): value for name, value in record.headers or []}
        out["content_type"] = names.get("content-type", b"").decode()
        out["pts"] = out["wall_clock"] = record.timestamp * 1000 * 1000
        out["position"] = self.recording.place("", out["pts"], 0)
        return {**out, "kind": "foreign"}

    def own(self, record, out, fields):
        key = (fields["session"], record.key or b"")
        stream = self.streams.setdefault(key, Stream())
        is_first = stream.next is None
        status, missing = stream.count(fields["seq"])
        out.update(fields)
        out.update(status=status, missing=missing,
                   kind="eos" if "eos" in fields else "buffer")
        is_chunk = "chunk" in fields and "eos" not in fields
        if is_chunk:
            out["kind"] = "chunk"
        if status == "duplicate":
            return out
        if is_chunk:
            whole, broken = stream.chunks.take(
                fields, record.value, record.offset, is_first)
            if whole:
                fields, value, offset = whole
                out.update(fields)
                out.update(kind="buffer", offset=offset, size=len(value),
                           sha1=hashlib.sha1(value).hexdigest(),
                           chunks=fields["chunk"][1])
        else:
            broken = [stream.chunks.interrupt()]
        if broken not in ([], [None]):
            out["set_aside"] = broken
        if out["kind"] == "chunk":
            return out
        out["has_caps"] = "caps" in fields
        stream.caps = fields.get("caps", stream.caps)
        stream.utc = fields.get("utc", stream.utc)
        start = fields.get("pts", fields.get("dts"))
        out["position"] = self.recording.place(
            fields["session"], start, fields.get("duration", 0))
        out["session_number"] = self.recording.number
        out["caps"] = stream.caps
        if out["kind"] == "buffer":
            flags = fields.get("flags", 0)
            out["is_sync_point"] = (not flags & DELTA_UNIT
                                    or bool(flags & HEADER)
                                    or is_intra_only(stream.caps))
        if stream.utc is not None and "pts" in fields:
            out["wall_clock"] = stream.utc + fields["pts"]
        return out


# ---- what a writer must do ----


class Verifier:
    """Tells where records break the rules for writers."""

    BUFFER_ONLY = ("pts", "dts", "duration", "buffer_offset",
                   "buffer_offset_end", "flags", "utc")

    def __init__(self, caps_interval, report):
        self.caps_interval = caps_interval
        self.report = report
        self.streams = {}

    def check(self, out, headers):
        def broken(what):
            self.report(f"offset {out['offset']}: {what}")

        if out["kind"] in ("malformed", "nothing"):
            broken(out.get("error", f"a record of kind {out['kind']}"))
        if out["kind"] not in ("buffer", "chunk", "eos"):
            return
        self.check_syntax(headers, broken)
        if out["status"] == "gap":
            broken(f"{out['missing']} records are missing before it")
        if out["status"] == "duplicate":
            broken("a duplicate")
            return
        for offset in out.get("set_aside", ()):
            broken(f"the chunked buffer at offset {offset} is not complete")
        self.check_chunk(headers, broken)
        if out["kind"] == "chunk":
            return
        if out["kind"] == "eos":
            self.check_eos(out, broken)
        else:
            self.check_caps(out, broken)

    @staticmethod
    def check_syntax(headers, broken):
        """What a reader takes and a writer does not write."""
        for name, value in headers:
            if re.fullmatch(rb"-?0[0-9]+|-0", value) and name in HEADERS:
                broken(f"{name} has leading zeros")
            if name == "gst.flags" and not re.fullmatch(
                    rb"0x[1-9a-f][0-9a-f]*", value):
                broken("gst.flags is not in lower case, or is zero")
            if name in EVENTS + ("gst.caps",) and not value.isascii():
                broken(f"{name} is not ASCII")

    @staticmethod
    def check_chunk(headers, broken):
        names = {name: value for name, value in headers}
        index = names.get("gst.chunk", b"0/").split(b"/")[0]
        others = names.keys() - set(REQUIRED) - {"gst.chunk"}
        if index != b"0" and any(n.startswith("gst.") for n in others):
            broken("a chunk with headers of the buffer")

    def check_eos(self, out, broken):
        if out["size"] is not None:
            broken("an EOS record with a value")
        if out["has_caps"] or any(name in out for name in self.BUFFER_ONLY):
            broken("an EOS record with headers of a buffer")

    def check_caps(self, out, broken):
        if out["has_caps"] != ("utc" in out):
            broken("gst.caps and gst.utc go together")
        known = self.streams.setdefault(
            (out["session"], out["key"]), {"caps": None, "deltas": False})
        time_ns = out.get("pts", out.get("dts"))
        is_delta = bool(out.get("flags", 0) & DELTA_UNIT)
        if out["has_caps"]:
            if out["caps"] != known["caps"]:
                known["deltas"] = False
            known.update(caps=out["caps"], time=time_ns)
        elif known["caps"]:
            if known["deltas"] and not is_delta:
                broken("a sync point without caps")
            if None not in (time_ns, known["time"]) and abs(
                    time_ns - known["time"]) >= self.caps_interval:
                broken("no caps for longer than caps-interval")
        if is_delta and not is_intra_only(out["caps"]):
            known["deltas"] = True


# ---- Kafka ----


def murmur2(data):
    def mul(a, b):
        return a * b & 0xffffffff

    m = 0x5bd1e995
    h = 0x9747b28c ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = mul(int.from_bytes(data[i:i + 4], "little"), m)
        k = mul(k ^ k >> 24, m)
        h = mul(h, m) ^ k
    if data[whole:]:
        h = mul(h ^ int.from_bytes(data[whole:], "little"), m)
    h = mul(h ^ h >> 13, m)
    return h ^ h >> 15


def find_partition(count, key, partition):
    if partition is None:
        partition = (murmur2(key) & 0x7fffffff) % count if key else 0
    if partition >= count:
        sys.exit(f"there are {count} partitions only")
    return partition


def fetch(servers, topic, key, partition, patience):
    """The records of a stream that are there now."""
    consumer = kafka.KafkaConsumer(
        bootstrap_servers=servers.split(","), enable_auto_commit=False,
        max_partition_fetch_bytes=64 * 1024 * 1024)
    try:
        partitions = consumer.partitions_for_topic(topic)
        if not partitions:
            sys.exit(f"there is no topic {topic}")
        place = kafka.TopicPartition(
            topic, find_partition(len(partitions), key, partition))
        consumer.assign([place])
        consumer.seek_to_beginning(place)
        end = consumer.end_offsets([place])[place]
        deadline = time.monotonic() + patience
        while consumer.position(place) < end:
            if time.monotonic() > deadline:
                sys.exit(f"the records up to {end} did not come")
            for records in consumer.poll(timeout_ms=500).values():
                deadline = time.monotonic() + patience
                for record in records:
                    if record.offset < end and (
                            not key or record.key == key):
                        yield record
    finally:
        consumer.close()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--bootstrap-servers", default="localhost:9092")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--key", default="")
    parser.add_argument("--partition", type=int)
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--caps-interval", type=int, default=10**9,
                        help="ns, as the writer's (for --verify)")
    parser.add_argument("--patience", type=float, default=30,
                        help="s to wait for records that are there")
    args = parser.parse_args()

    broken = []
    reader = Reader()
    verifier = Verifier(args.caps_interval, broken.append)
    for record in fetch(args.bootstrap_servers, args.topic, args.key.encode(),
                        args.partition, args.patience):
        out = reader.read(record)
        verifier.check(out, record.headers or [])
        print(json.dumps(out))
    if args.verify:
        for line in broken:
            print(line, file=sys.stderr)
        sys.exit(bool(broken))


if __name__ == "__main__":
    main()
