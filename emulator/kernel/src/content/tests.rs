//! Stories of contents of one piece and of many.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;

/// A blob as the store makes it of these bytes.
fn blob(name: usize, bytes: &[u8], algorithm: ChecksumAlgorithm) -> Blob {
    Blob {
        id: BlobId(format!("blob-{name}").into()),
        size_bytes: bytes.len() as u64,
        md5: Md5::digest(bytes).into(),
        sha256: None,
        checksum: Some(algorithm.of(bytes)),
    }
}

fn parts(bytes: &[&[u8]], algorithm: ChecksumAlgorithm, of_type: ChecksumType) -> Content {
    let parts: Vec<_> =
        bytes.iter().enumerate().map(|(at, bytes)| blob(at, bytes, algorithm)).collect();
    Content::of_parts(parts, Some((algorithm, of_type)))
}

fn described(content: &Content) -> String {
    let checksum = content.checksum().map_or_else(
        || "no checksum".into(),
        |it| format!("{} {} {}", it.of_type.name(), it.algorithm.name(), it.value),
    );
    format!("{} bytes, {}, {checksum}", content.size_bytes(), content.etag())
}

#[test]
fn what_came_at_once_has_its_own_digests_and_parts_have_those_of_theirs() {
    use ChecksumAlgorithm::{Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
    use ChecksumType::{Composite, FullObject};
    let whole = Content::Whole(blob(0, b"123456789", Crc64Nvme));
    let cut: &[&[u8]] = &[b"1234", b"56789"];
    let mut said = vec![described(&whole)];
    for (algorithm, of_type) in [
        (Crc64Nvme, FullObject),
        (Crc32, FullObject),
        (Crc32c, FullObject),
        (Crc32, Composite),
        (Crc32c, Composite),
        (Sha1, Composite),
        (Sha256, Composite),
    ] {
        assert!(algorithm.allows(of_type));
        said.push(described(&parts(cut, algorithm, of_type)));
    }
    // A multipart upload may have a single part, and that may be empty.
    said.push(described(&parts(&[b"123456789"], Crc64Nvme, FullObject)));
    said.push(described(&parts(&[b""], Sha256, Composite)));
    // Of parts with other checksums, or without, there is none.
    let other = [blob(0, b"1", Crc32), blob(1, b"2", Crc64Nvme)];
    said.push(described(&Content::of_parts(other, Some((Crc64Nvme, FullObject)))));
    let none = Blob { checksum: None, ..blob(0, b"1", Crc32) };
    said.push(described(&Content::of_parts([none], Some((Crc32, Composite)))));
    insta::assert_snapshot!(said.join("\n"), @"
    9 bytes, 25f9e794323b453885f5181f1b624d0b, FULL_OBJECT CRC64NVME rosUhgp5mIg=
    9 bytes, d8399932ce6023ac3365f50fbbcde132-2, FULL_OBJECT CRC64NVME rosUhgp5mIg=
    9 bytes, d8399932ce6023ac3365f50fbbcde132-2, FULL_OBJECT CRC32 y/Q5Jg==
    9 bytes, d8399932ce6023ac3365f50fbbcde132-2, FULL_OBJECT CRC32C 4waSgw==
    9 bytes, d8399932ce6023ac3365f50fbbcde132-2, COMPOSITE CRC32 rBMwBw==-2
    9 bytes, d8399932ce6023ac3365f50fbbcde132-2, COMPOSITE CRC32C wClZWQ==-2
    9 bytes, d8399932ce6023ac3365f50fbbcde132-2, COMPOSITE SHA1 ZPMlzVAPwgmwAy0Yd3tZeXQx43E=-2
    9 bytes, d8399932ce6023ac3365f50fbbcde132-2, COMPOSITE SHA256 bnRBBTileCDVQlLT/6fZJGrqcf3O3X6G8kD8V7zZqxQ=-2
    9 bytes, 5927c5d64d94a5786f90003aa26d0159-1, FULL_OBJECT CRC64NVME rosUhgp5mIg=
    0 bytes, 59adb24ef3cdbe0297f05b395827453f-1, COMPOSITE SHA256 Xfbg4nYTWdMKgnUFjimfzAOBU0VF9Vz0PkGYP11MlFY=-1
    2 bytes, 62be021ce84139205cdaf464abcd82ff-2, no checksum
    1 bytes, 46d1741e8075da4ac72c71d8130fcb71-1, no checksum
    ");
    assert!(!Crc64Nvme.allows(Composite) && !Sha1.allows(FullObject) && !Sha256.allows(FullObject));
}

#[test]
fn a_part_is_a_stretch_and_a_range_lies_in_the_blobs_that_it_touches() {
    let whole = Content::Whole(blob(7, b"123456789", ChecksumAlgorithm::Crc32));
    let cut =
        parts(&[b"1234", b"", b"56", b"789"], ChecksumAlgorithm::Crc32, ChecksumType::FullObject);
    let mut said = Vec::new();
    for content in [&whole, &cut] {
        for (offset_bytes, length_bytes) in [(0, 9), (3, 4), (4, 2), (8, 100), (9, 1), (2, 0)] {
            let ranges = content.ranges(offset_bytes, length_bytes).into_iter().map(|range| {
                format!("{} {}+{}", range.blob.0, range.offset_bytes, range.length_bytes)
            });
            said.push(format!(
                "{offset_bytes}+{length_bytes}: {}",
                ranges.collect::<Vec<_>>().join(", ")
            ));
        }
        said.push(format!("{:?} parts", content.parts_count()));
        said.extend((0..6).map(|number| format!("part {number}: {:?}", content.part(number))));
    }
    insta::assert_snapshot!(said.join("\n"), @"
    0+9: blob-7 0+9
    3+4: blob-7 3+4
    4+2: blob-7 4+2
    8+100: blob-7 8+1
    9+1: 
    2+0: 
    None parts
    part 0: None
    part 1: Some(Part { offset_bytes: 0, length_bytes: 9 })
    part 2: None
    part 3: None
    part 4: None
    part 5: None
    0+9: blob-0 0+4, blob-2 0+2, blob-3 0+3
    3+4: blob-0 3+1, blob-2 0+2, blob-3 0+1
    4+2: blob-2 0+2
    8+100: blob-3 2+1
    9+1: 
    2+0: 
    Some(4) parts
    part 0: None
    part 1: Some(Part { offset_bytes: 0, length_bytes: 4 })
    part 2: Some(Part { offset_bytes: 4, length_bytes: 0 })
    part 3: Some(Part { offset_bytes: 4, length_bytes: 2 })
    part 4: Some(Part { offset_bytes: 6, length_bytes: 3 })
    part 5: None
    ");
}

#[test]
fn a_content_is_stored_as_its_blob_or_its_parts() {
    let whole = Content::Whole(blob(0, b"123456789", ChecksumAlgorithm::Crc64Nvme));
    let cut = parts(&[b"1234", b"56789"], ChecksumAlgorithm::Sha256, ChecksumType::Composite);
    let stored = [whole, cut].map(|content| {
        let text = serde_json::to_string(&content).unwrap();
        assert_eq!(serde_json::from_str::<Content>(&text).unwrap(), content);
        text
    });
    insta::assert_snapshot!(stored.join("\n"), @r#"
    {"id":"blob-0","size_bytes":9,"md5":[37,249,231,148,50,59,69,56,133,245,24,31,27,98,77,11],"sha256":null,"checksum":["CRC64NVME","rosUhgp5mIg="]}
    {"parts":[{"id":"blob-0","size_bytes":4,"md5":[129,220,155,219,82,208,77,194,0,54,219,216,49,62,208,85],"sha256":null,"checksum":["SHA256","A6xnQhbz4Vx2HuGl4lXwZ5U2I8iziLRFnhP5eNfIRvQ="]},{"id":"blob-1","size_bytes":5,"md5":[9,158,190,164,142,169,102,106,125,162,23,114,103,152,49,56],"sha256":null,"checksum":["SHA256","92BDp07DO2rvuyiQUPr3qo1IIJVHc5fj5jNFEl1J9Sc="]}],"checksum":["SHA256","COMPOSITE"]}
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// However bytes are cut into pieces: every range reads back the same, the parts make up the
    /// whole, a checksum of the full object is that of all bytes, and the ETag is the MD5 of MD5s.
    #[test]
    fn any_cut_reads_back_the_same(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        range in (0..220_u64, 0..220_u64),
        algorithm in prop::sample::select(vec![
            ChecksumAlgorithm::Crc32, ChecksumAlgorithm::Crc32c, ChecksumAlgorithm::Crc64Nvme,
        ]),
    ) {
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        ends.push(bytes.len());
        ends.sort_unstable();
        let mut pieces = Vec::new();
        let mut begin = 0;
        for end in ends {
            pieces.push(&bytes[begin..end]);
            begin = end;
        }
        let content = parts(&pieces, algorithm, ChecksumType::FullObject);
        let read = |ranges: Vec<BlobRange>| {
            let read = ranges.into_iter().flat_map(|range| {
                let piece: usize = range.blob.0["blob-".len()..].parse().unwrap();
                let first = usize::try_from(range.offset_bytes).unwrap();
                pieces[piece][first..][..usize::try_from(range.length_bytes).unwrap()].to_vec()
            });
            read.collect::<Vec<u8>>()
        };
        prop_assert_eq!(content.size_bytes(), bytes.len() as u64);
        prop_assert_eq!(read(content.all()), bytes.clone());
        let (offset_bytes, length_bytes) = range;
        let expected = bytes.iter().copied();
        let expected = expected.skip(offset_bytes as usize).take(length_bytes as usize);
        prop_assert_eq!(
            read(content.ranges(offset_bytes, length_bytes)),
            expected.collect::<Vec<u8>>()
        );
        let mut behind = 0;
        for (at, piece) in pieces.iter().enumerate() {
            let part = content.part(at as u64 + 1).unwrap();
            prop_assert_eq!(part.offset_bytes, behind);
            prop_assert_eq!(read(content.ranges(behind, part.length_bytes)), piece.to_vec());
            behind += part.length_bytes;
        }
        prop_assert_eq!(content.checksum().unwrap().value, algorithm.of(&bytes).base64());
        let md5s: Vec<u8> = pieces.iter().flat_map(|piece| Md5::digest(piece).to_vec()).collect();
        prop_assert_eq!(
            content.etag(),
            format!("{}-{}", hex::encode(Md5::digest(md5s)), pieces.len())
        );
    }
}
