#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/temp_dir.h"
#include "store/s3_encoding.h"
#include "store/s3_uri.h"
#include "store/s3_xml.h"

namespace calve::store {
namespace {

TEST(S3Uri, TheKeyIsWhatStandsThere) {
  const auto location = ParseS3Uri("s3a://my-bucket/a//../b%20c?d#e+f");
  ASSERT_TRUE(location);
  EXPECT_EQ(location->bucket, "my-bucket");
  EXPECT_EQ(location->key, "a//../b%20c?d#e+f");
  EXPECT_EQ(location->root, "s3a://my-bucket/");
  EXPECT_EQ(ParseS3Uri("s3://my-bucket//lead")->key, "/lead");
  EXPECT_EQ(ParseS3Uri("s3://my-bucket")->Uri(), "s3://my-bucket/");
}

TEST(S3Uri, WhatCanBeNoneIsRefused) {
  for (const char* uri : {"s3://", "s3:///key", "s3://a@evil.example/key", "s3://bucket:80/key", "file:///x", "/x"}) {
    EXPECT_EQ(ParseS3Uri(uri).error().kind, ErrorKind::kInvalidArgument) << uri;
  }
  for (const std::string& uri : {std::string("s3://bucket"), std::string("s3://bucket/"), std::string("s3://bucket/a/"),
                                 "s3://bucket/" + std::string(1025, 'k')}) {
    EXPECT_EQ(ParseS3ObjectUri(uri).error().kind, ErrorKind::kInvalidArgument) << uri;
  }
  EXPECT_TRUE(ParseS3ObjectUri("s3://bucket/" + std::string(1024, 'k')));
}

// CRC-32 "check" value of the catalogue of parametrised CRC algorithms: cbf43926 for "123456789".
TEST(S3Encoding, ChecksumsAreTheKnownOnes) {
  EXPECT_EQ(Crc32Base64("123456789"), "y/Q5Jg==");
  EXPECT_EQ(Crc32Base64(""), "AAAAAA==");
  EXPECT_EQ(Md5Base64(""), "1B2M2Y8AsgTpgAmY7PhCfg==");  // RFC 1321, appendix A.5.
  const TempDir dir;
  const std::string path = dir.Write("f", "xx123456789yy");
  EXPECT_EQ(*FileCrc32Base64(path, 2, 9), "y/Q5Jg==");
  EXPECT_EQ(FileCrc32Base64(path, 2, 12).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(FileCrc32Base64(dir / "absent", 0, 0).error().kind, ErrorKind::kNotFound);
}

TEST(S3Encoding, ListedNamesAreDecodedOnce) {
  EXPECT_EQ(DecodeListed("a+b%2Bc%2520d/e"), "a b+c%20d/e");
  EXPECT_EQ(DecodeListed("%2Fx%c3%BC"), "/xü");
  EXPECT_EQ(DecodeListed("%zz%4"), "%zz%4");
}

TEST(S3Encoding, Times) {
  EXPECT_EQ(ParseListedTimeMs("2026-01-01T00:00:00.250Z"), 1767225600250);
  EXPECT_EQ(ParseListedTimeMs("2026-01-01T00:00:01Z"), 1767225601000);
  for (const char* bad : {"", "2026-13-01T00:00:00.000Z", "2026-01-01 00:00:00.000Z", "yesterday",
                          "2026-01-01T0x:00:00Z", "20x6-01-01T00:00:00.000Z", "2026-01-01T99:00:00.000Z",
                          "2026-01-01T00:-1:00.000Z", "2026x01-01T00:00:00.000Z"}) {
    EXPECT_EQ(ParseListedTimeMs(bad), 0) << bad;
  }
}

TEST(S3Encoding, ContentRanges) {
  const auto range = ParseContentRange("bytes 5-9/100");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 5U);
  EXPECT_EQ(range->last, 9U);
  EXPECT_EQ(range->size_bytes, 100U);
  for (const char* bad :
       {"", "bytes */100", "bytes 5-9/*", "bytes 9-5/100", "bytes 5-100/100", "items 5-9/100", "bytes 5/9-10"}) {
    EXPECT_FALSE(ParseContentRange(bad)) << bad;
  }
}

TEST(S3Encoding, AVersionTellsWhatItIs) {
  const std::string md5 = "d41d8cd98f00b204e9800998ecf8427e";
  EXPECT_EQ(VersionOfETag('"' + md5 + '"'), md5);
  EXPECT_EQ(ETagOfVersion(md5), '"' + md5 + '"');
  EXPECT_EQ(ETagOfVersion(md5 + "-17"), '"' + md5 + "-17\"");
  // What might be taken for a version id keeps its quotes, and comes back as it was.
  for (const std::string odd : {"\"CKih16GjycICEAE=\"", "\"d41d8cd9\"", "W/\"x\""}) {
    EXPECT_EQ(VersionOfETag(odd), odd);
    EXPECT_EQ(ETagOfVersion(odd), odd);
  }
  for (const char* id : {"3HL4kqtJlcpXroDTDmJ+rmSpXd3dIbrH", "01JQ0W6Z0000000000000000", "1712345678901234"}) {
    EXPECT_FALSE(ETagOfVersion(id)) << id;
  }
}

TEST(S3Xml, AListThatIsCutOffIsNoList) {
  const std::string xml =
      "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents>"
      "</ListBucketResult>";
  ASSERT_TRUE(ParseListPage(xml));
  for (size_t length = 0; length < xml.size(); ++length) {
    EXPECT_EQ(ParseListPage(xml.substr(0, length)).error().kind, ErrorKind::kUnavailable) << length;
  }
}

TEST(S3Xml, ListsAreReadAsTheyAreEncoded) {
  const auto plain = ParseListPage(
      "<ListBucketResult><Contents><Key>a+b%20&amp;</Key><Size>7</Size></Contents>"
      "<CommonPrefixes><Prefix> </Prefix></CommonPrefixes></ListBucketResult>");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->objects.at(0).key, "a+b%20&");
  EXPECT_EQ(plain->prefixes.at(0), " ");
  const auto encoded = ParseListPage(
      "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a+b%20%01</Key><Size>7</Size></Contents>"
      "</ListBucketResult>");
  EXPECT_EQ(encoded->objects.at(0).key, "a b \x01");
}

TEST(S3Xml, KeysAreReadWholly) {
  const auto page = ParseListPage(
      "<s:ListBucketResult xmlns:s=\"http://s3.amazonaws.com/doc/2006-03-01/\"><s:Contents><s:Key>a<![CDATA[<b>]]>"
      "<!-- c --> &#x20AC;</s:Key><s:Size>7</s:Size></s:Contents></s:ListBucketResult>");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->objects.at(0).key, "a<b> €");
  // "a" would be another object.
  EXPECT_FALSE(
      ParseListPage("<ListBucketResult><Contents><Key>a&#0;b</Key><Size>7</Size></Contents></ListBucketResult>"));
}

TEST(S3Xml, WhatIsNotSaidIsNotGuessed) {
  EXPECT_FALSE(ParseListPage("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"));
  EXPECT_FALSE(ParseListPage("<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>"));
  EXPECT_FALSE(ParseListPage("<html><body>proxy</body></html>"));
  EXPECT_FALSE(ParseUploadId("<InitiateMultipartUploadResult/>"));
  EXPECT_FALSE(ParseDeleteResult(""));
  EXPECT_FALSE(ParseCompleteResult("<CompleteMultipartUploadResult>"));
  EXPECT_EQ(ParseCompleteResult(" \n <Error><Code>SlowDown</Code></Error>")->code, "SlowDown");
  EXPECT_EQ(ParseCompleteResult("<Error/>")->code, "InternalError");
  EXPECT_EQ(ParseCompleteResult("<CompleteMultipartUploadResult/>")->code, "");
}

TEST(S3Xml, BodiesAreEscaped) {
  const std::vector<std::string> keys{"a<b>&\"c"};
  EXPECT_THAT(DeleteBody(keys), testing::HasSubstr("<Key>a&lt;b&gt;&amp;&quot;c</Key>"));
}

}  // namespace
}  // namespace calve::store
