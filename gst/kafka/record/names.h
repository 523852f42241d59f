/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The headers of a record, and how much a reader takes of them:
 * docs/record-format.md. */

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gstkafka {

constexpr std::string_view kHeaderPrefix = "gst.";

constexpr std::string_view kVersionHeader = "gst.version";
constexpr std::string_view kSessionHeader = "gst.session";
constexpr std::string_view kSeqHeader = "gst.seq";
constexpr std::string_view kPtsHeader = "gst.pts";
constexpr std::string_view kDtsHeader = "gst.dts";
constexpr std::string_view kDurationHeader = "gst.duration";
constexpr std::string_view kOffsetHeader = "gst.offset";
constexpr std::string_view kOffsetEndHeader = "gst.offset-end";
constexpr std::string_view kFlagsHeader = "gst.flags";
constexpr std::string_view kCapsHeader = "gst.caps";
constexpr std::string_view kUtcHeader = "gst.utc";
constexpr std::string_view kChunkHeader = "gst.chunk";
constexpr std::string_view kTagsHeader = "gst.tags";
constexpr std::string_view kEventHeader = "gst.event";
constexpr std::string_view kEosHeader = "gst.eos";

constexpr std::string_view kFormatVersion = "1";

/* ns, either sign: 146 and 73 years. A time, a duration and as much again still
 * fit into 64 bits. */
constexpr int64_t kMaxTime = (int64_t{ 1 } << 62) - 1;
constexpr uint64_t kMaxDuration = (uint64_t{ 1 } << 61) - 1;

/* A dozen, and one for each tag list or event. */
constexpr size_t kMaxHeaders = 256;
constexpr size_t kMaxEvents = 200;
/* Bytes of text, so that they do not crowd out the payload. */
constexpr size_t kMaxEventsSize = 256 * 1024;

/* Bytes of a buffer that takes several records, and how many at most. */
constexpr uint64_t kMaxBufferSize = uint64_t{ 512 } * 1024 * 1024;
constexpr uint64_t kMaxChunks = 65536;

} // namespace gstkafka
